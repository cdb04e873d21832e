use super::{Stat, StatValue};

/// What works inside the node, beside its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SystemStats {
    /// Calls of other nodes that are being answered.
    pub grpc_server_actives: Stat,
    /// Calls to other nodes whose answer is awaited.
    pub grpc_clients_actives: Stat,
}

impl SystemStats {
    /// Calls `each` with the name and the value of every number that operators know.
    pub fn for_each(&self, each: &mut dyn FnMut(&'static str, StatValue)) {
        let (server, clients) = (self.grpc_server_actives, self.grpc_clients_actives);
        each("grpc_server_actives.count", StatValue::Count(server.count));
        each("grpc_server_actives.max", StatValue::Count(server.max));
        each("grpc_clients_actives.count", StatValue::Count(clients.count));
        each("grpc_clients_actives.max", StatValue::Count(clients.max));
        // Sessions belong to workers; there is no executor that could be told of.
        each("execs_actives", StatValue::Empty);
        // A rate for each kind of message between nodes.
        each("grpc_message_rates", StatValue::Empty);
    }
}
