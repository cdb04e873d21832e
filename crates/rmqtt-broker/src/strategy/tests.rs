use super::*;

#[derive(Clone, Copy)]
struct Member {
    session: u64,
    online: bool,
    local: bool,
}

fn facts(member: &Member) -> MemberFacts {
    MemberFacts { session: SessionId(member.session), online: member.online, local: member.local }
}

/// A member for each letter: `o` online, `O` online on this node, `x` offline, `X` offline on this
/// node. Their sessions are numbered from 1.
fn members(letters: &str) -> Vec<Member> {
    (1..)
        .zip(letters.chars())
        .map(|(session, letter)| Member {
            session,
            online: letter.eq_ignore_ascii_case(&'o'),
            local: letter.is_ascii_uppercase(),
        })
        .collect()
}

fn request(group: u32, publisher: u64, topic: u64) -> ShareRequest {
    // Spread as a hash would be.
    let hash = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ShareRequest {
        group: GroupKey(u64::from(group)),
        publisher_hash: hash(publisher),
        topic_hash: hash(topic),
    }
}

fn chooser(strategy: ShareStrategy) -> Chooser {
    Chooser::new(strategy, 100_000, 42)
}

fn choose_many(chooser: &mut Chooser, group: u32, members: &[Member], times: usize) -> Vec<usize> {
    (0..times)
        .map(|_| chooser.choose(request(group, 1, 1), members, facts).expect("there are members"))
        .collect()
}

#[test]
fn names_are_those_of_the_configuration_and_round_robin_is_the_default() {
    for strategy in ShareStrategy::ALL {
        assert_eq!(strategy.to_string().parse(), Ok(strategy));
    }
    assert_eq!(ShareStrategy::default().to_string(), "round_robin");
    assert_eq!("Sticky".parse::<ShareStrategy>(), Err(UnknownStrategy));
    assert!(UnknownStrategy.to_string().contains("hash_clientid, hash_topic"));
}

#[test]
fn a_group_without_members_gets_nothing() {
    for strategy in ShareStrategy::ALL {
        assert_eq!(chooser(strategy).choose(request(1, 1, 1), &members(""), facts), None);
    }
}

#[test]
fn every_strategy_passes_over_offline_members() {
    for strategy in ShareStrategy::ALL {
        let mut chooser = chooser(strategy);
        for number in 0..200 {
            let chosen = chooser.choose(request(1, number, number), &members("xxoXx"), facts);
            assert_eq!(chosen, Some(2), "{strategy}");
        }
    }
}

#[test]
fn with_nobody_online_a_member_of_this_node_gets_it_else_the_first() {
    for strategy in ShareStrategy::ALL {
        let mut chooser = chooser(strategy);
        assert_eq!(
            chooser.choose(request(1, 1, 1), &members("xxXX"), facts),
            Some(2),
            "{strategy}"
        );
        assert_eq!(chooser.choose(request(1, 1, 1), &members("xxx"), facts), Some(0), "{strategy}");
    }
}

#[test]
fn random_reaches_all_online_members_equally() {
    let chosen = choose_many(&mut chooser(ShareStrategy::Random), 1, &members("oxooo"), 40_000);
    for place in [0, 2, 3, 4] {
        let count = chosen.iter().filter(|chosen| **chosen == place).count();
        assert!((9_500..=10_500).contains(&count), "{count} of 40,000 at {place}");
    }
}

#[test]
fn round_robin_goes_round_the_online_members() {
    for strategy in [ShareStrategy::RoundRobin, ShareStrategy::RoundRobinPerGroup] {
        let chosen = choose_many(&mut chooser(strategy), 1, &members("oxoo"), 7);
        assert_eq!(chosen, [0, 2, 3, 0, 2, 3, 0], "{strategy}");
    }
}

#[test]
fn round_robin_has_one_count_for_all_groups() {
    let mut chooser = chooser(ShareStrategy::RoundRobin);
    let members = members("ooo");
    assert_eq!(choose_many(&mut chooser, 1, &members, 1), [0]);
    assert_eq!(choose_many(&mut chooser, 2, &members, 1), [1]);
    assert_eq!(choose_many(&mut chooser, 1, &members, 1), [2]);
}

#[test]
fn round_robin_per_group_has_a_count_for_each() {
    let mut chooser = chooser(ShareStrategy::RoundRobinPerGroup);
    let members = members("ooo");
    assert_eq!(choose_many(&mut chooser, 1, &members, 1), [0]);
    assert_eq!(choose_many(&mut chooser, 2, &members, 1), [0]);
    assert_eq!(choose_many(&mut chooser, 1, &members, 1), [1]);
}

#[test]
fn a_turn_beyond_a_shrunk_group_starts_over() {
    let mut chooser = chooser(ShareStrategy::RoundRobinPerGroup);
    assert_eq!(choose_many(&mut chooser, 1, &members("oooo"), 3), [0, 1, 2]);
    assert_eq!(choose_many(&mut chooser, 1, &members("oo"), 3), [1, 0, 1]);
}

#[test]
fn sticky_keeps_a_publisher_with_its_member_and_spreads_the_publishers() {
    let mut chooser = chooser(ShareStrategy::Sticky);
    let members = members("ooo");
    let mut choose = |publisher| chooser.choose(request(1, publisher, 1), &members, facts);
    assert_eq!([choose(1), choose(2), choose(3)], [Some(0), Some(1), Some(2)]);
    assert_eq!([choose(3), choose(1), choose(2)], [Some(2), Some(0), Some(1)]);
}

#[test]
fn sticky_follows_the_session_to_another_place() {
    let mut chooser = chooser(ShareStrategy::Sticky);
    let mut members = members("ooo");
    assert_eq!(chooser.choose(request(1, 1, 1), &members, facts), Some(0));
    members.rotate_right(1);
    assert_eq!(chooser.choose(request(1, 1, 1), &members, facts), Some(1));
}

#[test]
fn sticky_binds_anew_when_its_member_is_offline_or_gone() {
    let mut chooser = chooser(ShareStrategy::Sticky);
    assert_eq!(choose_many(&mut chooser, 1, &members("ooo"), 2), [0, 0]);
    assert_eq!(choose_many(&mut chooser, 1, &members("xoo"), 2), [1, 1]);
    // The new binding stays when the old member returns.
    assert_eq!(choose_many(&mut chooser, 1, &members("ooo"), 2), [1, 1]);
    let without_second = [members("ooo")[0], members("ooo")[2]];
    let rebound = choose_many(&mut chooser, 1, &without_second, 2);
    assert_eq!(rebound[0], rebound[1]);
    assert_eq!(chooser.bindings(), 1);
}

#[test]
fn sticky_waits_for_its_member_while_nobody_is_online() {
    let mut chooser = chooser(ShareStrategy::Sticky);
    assert_eq!(choose_many(&mut chooser, 1, &members("oo"), 1), [0]);
    assert_eq!(choose_many(&mut chooser, 1, &members("xX"), 1), [1]);
    assert_eq!(choose_many(&mut chooser, 1, &members("oo"), 1), [0]);
}

#[test]
fn sticky_bindings_are_bounded_and_the_least_recently_used_goes() {
    let mut chooser = Chooser::new(ShareStrategy::Sticky, 2, 42);
    let members = members("ooooo");
    let mut choose = |publisher| chooser.choose(request(1, publisher, 1), &members, facts);
    assert_eq!([choose(1), choose(2), choose(1), choose(3)], [Some(0), Some(1), Some(0), Some(2)]);
    assert_eq!(choose(1), Some(0));
    assert_eq!(choose(2), Some(3), "the binding of publisher 2 had made room");
    assert_eq!(chooser.bindings(), 2);
}

#[test]
fn local_takes_turns_on_this_node_before_it_looks_elsewhere() {
    let mut chooser = chooser(ShareStrategy::Local);
    let chosen = choose_many(&mut chooser, 1, &members("oOoOX"), 4);
    assert!(chosen.iter().all(|place| [1, 3].contains(place)), "{chosen:?}");
    assert_eq!(chosen[0], chosen[2]);
    assert_ne!(chosen[0], chosen[1]);
    let chosen = choose_many(&mut chooser, 1, &members("oXox"), 2);
    assert!(chosen.iter().all(|place| [0, 2].contains(place)), "{chosen:?}");
    assert_ne!(chosen[0], chosen[1]);
}

#[test]
fn hashing_depends_on_its_own_key_alone_and_uses_all_members() {
    for (strategy, by_publisher) in
        [(ShareStrategy::HashClientId, true), (ShareStrategy::HashTopic, false)]
    {
        let mut chooser = chooser(strategy);
        let mut seen = [0; 4];
        for key in 0..400 {
            let mut choose = |other| {
                let (publisher, topic) = if by_publisher { (key, other) } else { (other, key) };
                chooser.choose(request(1, publisher, topic), &members("oooo"), facts)
            };
            let chosen = choose(1).expect("there are members");
            assert_eq!(choose(2), Some(chosen), "{strategy}");
            seen[chosen] += 1;
        }
        assert!(seen.iter().all(|count| *count > 50), "{strategy}: {seen:?}");
    }
}

#[test]
fn hashing_returns_to_a_member_that_came_back() {
    let mut chooser = chooser(ShareStrategy::HashTopic);
    let chosen = chooser.choose(request(1, 1, 1), &members("ooo"), facts).expect("members");
    let mut one_less = members("ooo");
    one_less[chosen].online = false;
    assert_ne!(chooser.choose(request(1, 1, 1), &one_less, facts), Some(chosen));
    assert_eq!(chooser.choose(request(1, 1, 1), &members("ooo"), facts), Some(chosen));
}
