use super::*;
use crate::journal::disk::{append_all, read_whole};

fn filled(seed: u64) -> SimDisk {
    let disk = SimDisk::new(seed);
    let file = disk.create("a").unwrap();
    append_all(&file, &[1; 700]).unwrap();
    file.sync().unwrap();
    disk.sync_directory().unwrap();
    append_all(&file, &[2; 2_000]).unwrap();
    disk.create("b").unwrap();
    disk
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_plays_with_the_rest() {
    let (mut lost, mut kept, mut torn, mut names) = (0, 0, 0, [0; 2]);
    for seed in 0..200 {
        let disk = filled(seed).after_power_cut(seed);
        let bytes = read_whole(&disk.open("a").unwrap()).unwrap();
        assert_eq!(bytes[..700], [1; 700]);
        assert!(bytes.len() <= 2_700);
        let news = bytes[700..].iter().filter(|byte| **byte == 2).count();
        match news {
            0 => lost += 1,
            2_000 => kept += 1,
            _ => torn += 1,
        }
        names[usize::from(disk.open("b").is_ok())] += 1;
    }
    assert!(lost > 10 && kept > 0 && torn > 50, "{lost} {kept} {torn}");
    assert!(names[0] > 50 && names[1] > 50, "{names:?}");
}

#[test]
fn the_death_of_the_process_loses_nothing_that_was_written() {
    let disk = filled(1).after_kill();
    assert_eq!(disk.open("a").unwrap().size().unwrap(), 2_700);
    disk.open("b").unwrap();
    let later = disk.after_power_cut(3);
    assert!(later.open("a").unwrap().size().unwrap() <= 2_700, "it is still not synced");
}

#[test]
fn names_come_one_by_one_and_a_rename_is_never_half_done() {
    let mut seen = [0; 3];
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        disk.create("old").unwrap();
        disk.sync_directory().unwrap();
        disk.rename("old", "new").unwrap();
        disk.remove("new").unwrap();
        let names = disk.after_power_cut(seed).list().unwrap();
        match names.first().map(String::as_str) {
            Some("old") => seen[0] += 1,
            Some("new") => seen[1] += 1,
            _ => seen[2] += 1,
        }
        assert!(names.len() <= 1, "{names:?}");
    }
    assert!(seen.iter().all(|times| *times > 10), "{seen:?}");
}

#[test]
fn faults_come_where_they_were_put() {
    let disk = SimDisk::new(0);
    let file = disk.create("a").unwrap();
    let kind = |result: io::Result<usize>| result.map_err(|error| error.kind());
    disk.inject(1, Fault::Error(io::ErrorKind::ReadOnlyFilesystem));
    disk.inject(2, Fault::Short(io::ErrorKind::StorageFull));
    assert_eq!(kind(file.append(&[0; 10])), Err(io::ErrorKind::ReadOnlyFilesystem));
    assert_eq!(kind(file.append(&[0; 10])), Ok(5));
    assert_eq!(kind(file.append(&[0; 10])), Err(io::ErrorKind::StorageFull));
    disk.set_capacity(Some(8));
    assert_eq!(kind(file.append(&[0; 10])), Ok(3));
    assert_eq!(disk.available_bytes().unwrap(), 0);
    assert_eq!(kind(file.append(&[0; 10])), Err(io::ErrorKind::StorageFull));
    disk.make_unreadable(Some(io::ErrorKind::Other));
    assert_eq!(kind(file.read_at(&mut [0], 0)), Err(io::ErrorKind::Other));
    disk.inject(disk.operations(), Fault::PowerCut);
    assert!(file.sync().is_err());
    assert!(disk.create("b").is_err());
    assert_eq!(disk.operations(), 8);
}
