use super::seed::Chance;
use super::{Fault, FaultScript, FaultSeed};

/// The faults that are still to happen: the oldest fault that concerns a call, else the next step of
/// the oldest script that does, else what chance says.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    faults: Vec<Fault>,
    scripts: Vec<FaultScript>,
    chance: Option<Chance>,
}

impl FaultPlan {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(crate) fn follow(&mut self, script: FaultScript) {
        self.scripts.push(script);
    }

    pub(crate) fn draw_from(&mut self, seed: FaultSeed) {
        self.chance = Some(Chance::new(seed));
    }

    /// The seed of what chance decides.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.chance.as_ref().map(Chance::seed)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault that happens to a call; its source is one step closer to its end then.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let concerns = |fault: &&mut Fault| fault.times != Some(0) && fault.concerns(method, path);
        if let Some(fault) = self.faults.iter_mut().find(concerns) {
            fault.times = fault.times.map(|times| times - 1);
            return Some(fault.clone());
        }
        if let Some(step) = self.scripts.iter_mut().find_map(|script| script.step(method, path)) {
            return step;
        }
        self.chance.as_mut()?.take(method, path)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn status(plan: &mut FaultPlan, method: &str, path: &str) -> Option<u16> {
        match plan.take(method, path)?.kind {
            Kind::Answer(replacement) => Some(replacement.status),
            _ => None,
        }
    }

    #[test]
    fn faults_happen_in_order_and_as_often_as_they_should() {
        let mut plan = FaultPlan::default();
        plan.add(Fault::status(503).on("GET", "/projects/**").times(2));
        plan.add(Fault::status(500));
        assert_eq!(status(&mut plan, "GET", "/projects/A"), Some(503));
        assert_eq!(status(&mut plan, "POST", "/projects/A"), Some(500));
        assert_eq!(status(&mut plan, "GET", "/projects"), Some(503));
        assert_eq!(status(&mut plan, "GET", "/projects"), Some(500));
    }

    #[test]
    fn a_script_goes_on_call_by_call_and_ends_well() {
        let mut plan = FaultPlan::default();
        let script = FaultScript::on("GET", "/projects");
        plan.follow(script.fails(Fault::status(503)).succeeds().fails(Fault::status(500)));
        plan.draw_from(FaultSeed::new(1).rate(100, Fault::status(429)).on("GET", "/plugins"));
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(status(&mut plan, "GET", "/projects"));
            assert_eq!(status(&mut plan, "GET", "/plugins"), Some(429));
        }
        assert_eq!(seen, [Some(503), None, Some(500), None]);
    }
}
