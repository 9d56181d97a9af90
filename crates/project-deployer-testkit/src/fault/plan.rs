use super::Fault;

/// The faults that are still to happen. The oldest that concerns a call happens to it.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan(Vec<Fault>);

impl FaultPlan {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that happens to a call; it is one time closer to its end then.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let concerns = |fault: &Fault| fault.times != Some(0) && fault.concerns(method, path);
        let index = self.0.iter().position(concerns)?;
        let fault = self.0.get_mut(index)?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_happen_in_order_and_as_often_as_they_should() {
        let mut plan = FaultPlan::default();
        plan.add(Fault::status(503).on("GET", "/projects/**").times(2));
        plan.add(Fault::status(500));
        let mut status = |method: &str, path: &str| match plan.take(method, path)?.kind {
            super::super::Kind::Answer(stand_in) => Some(stand_in.status),
            _ => None,
        };
        assert_eq!(status("GET", "/projects/A"), Some(503));
        assert_eq!(status("POST", "/projects/A"), Some(500));
        assert_eq!(status("GET", "/projects"), Some(503));
        assert_eq!(status("GET", "/projects"), Some(500));
    }
}
