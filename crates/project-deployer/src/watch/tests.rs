mod comparing;
mod healths;
mod ignoring;
mod metrics;
mod parities;
mod times;
