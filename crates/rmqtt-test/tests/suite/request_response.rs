//! Request and response, and Request Problem Information.

use rmqtt_test::{Case, Packet, Property, Publish, Subscribe, broker_test};

#[broker_test(v5("MQTT-3.3.2-15", "MQTT-3.3.2-16"))]
fn response_topic_and_correlation_data_are_handed_on(case: &Case) {
    let (request, response) = (case.topic("request"), case.topic("response"));
    let mut responder = case.client("responder");
    responder.subscribe(&request, 1);
    let mut requester = case.client("requester");
    requester.subscribe(&response, 1);
    let correlation: Vec<u8> = (0..=255).collect();
    let publish = Publish::new(&request, "question")
        .qos(1)
        .property(Property::ResponseTopic(response.clone()))
        .property(Property::CorrelationData(correlation.clone()));
    requester.publish_with(publish);
    let question = responder.expect_message(&request, "question").properties;
    assert_eq!(question.response_topic().as_ref(), Some(&response));
    assert_eq!(question.correlation_data().as_ref(), Some(&correlation));
    let answer = Publish::new(&response, "answer")
        .qos(1)
        .property(Property::CorrelationData(correlation.clone()));
    responder.publish_with(answer);
    let answer = requester.expect_message(&response, "answer").properties;
    assert_eq!(answer.correlation_data(), Some(correlation));
    assert_eq!(answer.response_topic(), None);
}

#[broker_test(v5)]
fn empty_correlation_data_is_handed_on(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.subscribe(&topic, 0);
    client.publish_with(Publish::new(&topic, "m").property(Property::CorrelationData(vec![])));
    assert_eq!(client.take().properties.correlation_data(), Some(vec![]));
}

#[broker_test(v5("MQTT-3.1.2-28"), config = "response_information = \"replies/%c/\"")]
fn no_response_information_is_sent_to_a_client_that_asks_for_none(case: &Case) {
    let silent = case.connect_packet("c");
    let declining = case.connect_packet("c").property(Property::RequestResponseInformation(0));
    for connect in [silent, declining] {
        assert_eq!(case.join(&connect).connack().properties.response_information(), None);
    }
}

#[broker_test(v5, config = "response_information = \"replies/%c/\"")]
fn response_information_is_sent_to_a_client_that_asks_for_it(case: &Case) {
    let connect = case.connect_packet("c").property(Property::RequestResponseInformation(1));
    let information = case.join(&connect).connack().properties.response_information();
    assert_eq!(information, Some(format!("replies/{}/", case.client_id("c"))));
}

#[broker_test(v5)]
fn response_information_is_no_filter_if_sent(case: &Case) {
    let connect = case.connect_packet("c").property(Property::RequestResponseInformation(1));
    let client = case.join(&connect);
    if let Some(information) = client.connack().properties.response_information() {
        assert!(!information.is_empty() && !information.contains(['+', '#']), "{information}");
    }
}

#[broker_test(v5("MQTT-3.1.2-29"))]
fn acknowledgements_say_no_more_than_their_codes_without_problem_information(case: &Case) {
    let topic = case.topic("t");
    let connect = case.connect_packet("c").property(Property::RequestProblemInformation(0));
    let mut client = case.join(&connect);
    let subscribe = Subscribe::new().id(1).filter("a/#/b", 0).filter(&topic, 2);
    client.send(&subscribe);
    client.send(&Publish::new(case.topic("nobody"), "m").qos(1).id(2));
    client.send(&Publish::new(case.topic("nobody"), "m").qos(2).id(3));
    client.send_bytes(&rmqtt_test::request::acknowledge(0x62, 99));
    client.send(&rmqtt_test::Unsubscribe::new().id(4).filter(case.topic("unknown")));
    for _ in 0..5 {
        let properties = match client.next_packet() {
            Some(Packet::SubAck(ack) | Packet::UnsubAck(ack)) => ack.properties,
            Some(Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubComp(ack)) => {
                ack.properties
            }
            // A broker that closes for the filter has said why in its DISCONNECT.
            Some(Packet::Disconnect(_)) | None => return,
            other => panic!("an acknowledgement expected, not {other:?}"),
        };
        assert_eq!(properties.reason_string(), None);
        assert_eq!(properties.user_properties(), []);
    }
}

#[broker_test(v5("MQTT-3.1.2-29"))]
fn user_properties_of_messages_come_without_problem_information_too(case: &Case) {
    let topic = case.topic("t");
    let connect = case.connect_packet("c").property(Property::RequestProblemInformation(0));
    let mut client = case.join(&connect);
    client.subscribe(&topic, 0);
    client.publish_with(Publish::new(&topic, "m").property(Property::user("name", "value")));
    let properties = client.take().properties;
    assert_eq!(properties.user_properties(), [("name".into(), "value".into())]);
}
