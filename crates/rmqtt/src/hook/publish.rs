//! What becomes of a publication: first those who change it, then those who allow it.

use std::sync::Arc;

use rmqtt_broker::hook::{Client, Point, PublicationRef, Publish, PublishVerdict};
use rmqtt_codec::{PacketType, ReasonCode};

use super::chain::{Chain, Progress, advance, finish};
use super::fitting_code::{UnfitCode, fit};
use super::snapshot::Snapshot;
use super::workshop::Workshop;
use super::{Answer, Handler, PublishAcl, PublishView};

/// A publication that is being judged, without waiting so far.
pub(super) struct Judging<'j> {
    pub(super) snapshot: &'j Snapshot,
    pub(super) client: &'j Arc<Client>,
    pub(super) checks_acl: bool,
}

/// Where it has to wait.
pub(super) enum Step {
    Done(PublishVerdict),
    /// Somebody works out how it is changed.
    Changing(Option<Publish>, Progress<Publish>),
    /// Somebody works out whether it is allowed.
    Checking(Option<Publish>, PublishAcl, Progress<PublishAcl>),
}

impl Judging<'_> {
    /// Judges as far as everybody answers at once.
    pub(super) fn begin(&self, publication: PublicationRef<'_>) -> Step {
        let entries = self.snapshot.at(Point::MessagePublish);
        let mut change = Change { client: self.client, publication, changed: None };
        match advance(&mut change, Point::MessagePublish, entries, 0) {
            Progress::Done => self.check(publication, change.changed),
            waiting @ Progress::Waiting(..) => Step::Changing(change.changed, waiting),
        }
    }

    /// Goes on with a publication that has to wait.
    pub(super) async fn finish(
        &self,
        publication: PublicationRef<'_>,
        mut step: Step,
        mut workshop: Workshop,
    ) -> PublishVerdict {
        let (snapshot, client) = (self.snapshot, self.client);
        loop {
            step = match step {
                Step::Done(verdict) => return verdict,
                Step::Changing(changed, progress) => {
                    let mut change = Change { client, publication, changed };
                    let point = Point::MessagePublish;
                    finish(&mut change, point, snapshot.at(point), progress, &mut workshop).await;
                    self.check(publication, change.changed)
                }
                Step::Checking(changed, acl, progress) => {
                    let mut check = Check { client, publication, changed: changed.as_ref(), acl };
                    let point = Point::MessagePublishCheckAcl;
                    finish(&mut check, point, snapshot.at(point), progress, &mut workshop).await;
                    let acl = check.acl;
                    Step::Done(verdict(changed, acl))
                }
            };
        }
    }

    fn check(&self, publication: PublicationRef<'_>, changed: Option<Publish>) -> Step {
        if !self.checks_acl {
            return Step::Done(verdict(changed, PublishAcl::Allow));
        }
        let (client, acl) = (self.client, PublishAcl::Allow);
        let entries = self.snapshot.at(Point::MessagePublishCheckAcl);
        let mut check = Check { client, publication, changed: changed.as_ref(), acl };
        match advance(&mut check, Point::MessagePublishCheckAcl, entries, 0) {
            Progress::Done => {
                let acl = check.acl;
                Step::Done(verdict(changed, acl))
            }
            waiting @ Progress::Waiting(..) => {
                let acl = check.acl;
                Step::Checking(changed, acl, waiting)
            }
        }
    }
}

fn verdict(changed: Option<Publish>, acl: PublishAcl) -> PublishVerdict {
    match (acl, changed) {
        (PublishAcl::Deny { code, disconnect }, _) => PublishVerdict::Rejected { code, disconnect },
        (PublishAcl::Allow, None) => PublishVerdict::Unchanged,
        (PublishAcl::Allow, Some(changed)) => PublishVerdict::Changed(Box::new(changed)),
    }
}

/// `message_publish`
struct Change<'c> {
    client: &'c Arc<Client>,
    publication: PublicationRef<'c>,
    changed: Option<Publish>,
}

impl Chain for Change<'_> {
    type Said = Publish;

    fn ask(&self, handler: &dyn Handler) -> Answer<Publish> {
        let view = PublishView::new(self.publication, self.changed.as_ref());
        handler.message_publish(self.client, &view)
    }

    fn take(&mut self, said: Publish) -> Result<(), UnfitCode> {
        self.changed = Some(said);
        Ok(())
    }

    fn take_failure(&mut self) {}

    fn failure_ends(&self) -> bool {
        false
    }
}

/// `message_publish_check_acl`
struct Check<'c> {
    client: &'c Arc<Client>,
    publication: PublicationRef<'c>,
    changed: Option<&'c Publish>,
    acl: PublishAcl,
}

impl Chain for Check<'_> {
    type Said = PublishAcl;

    fn ask(&self, handler: &dyn Handler) -> Answer<PublishAcl> {
        let view = PublishView::new(self.publication, self.changed);
        handler.message_publish_check_acl(self.client, &view)
    }

    fn take(&mut self, mut said: PublishAcl) -> Result<(), UnfitCode> {
        // PUBREC carries what PUBACK carries.
        let fits = match &mut said {
            PublishAcl::Deny { code, disconnect: false } => fit(code, &[PacketType::PubAck]),
            PublishAcl::Deny { code, disconnect: true } => {
                fit(code, &[PacketType::PubAck, PacketType::Disconnect])
            }
            PublishAcl::Allow => Ok(()),
        };
        self.acl = said;
        fits
    }

    fn take_failure(&mut self) {
        self.acl = PublishAcl::Deny { code: ReasonCode::NotAuthorized, disconnect: false };
    }

    fn failure_ends(&self) -> bool {
        true
    }
}
