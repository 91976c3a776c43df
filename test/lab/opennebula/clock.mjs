// Preloaded by the contract test: the recordings speak of times relative to when they were made.
const epoch = Number(process.env.TEST_EPOCH) * 1000;
if (epoch > 0) Date.now = () => epoch;
