import { hostile, shut } from '../hostile.ts';

export default shut(hostile.unresolved);
