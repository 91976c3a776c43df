/** fast-check for the tests: the same texts each time, so that whoever runs them sees what others see; `npm run fuzz` draws them anew. */
import fc from 'fast-check';

if (process.env.FUZZ !== 'anew') fc.configureGlobal({ seed: 51609 });

export default fc;
