mod comparing;
mod healths;
mod metrics;
mod parities;
mod times;
