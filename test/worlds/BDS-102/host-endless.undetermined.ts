import { hostile, mute } from '../hostile.ts';

export default mute(hostile.endless);
