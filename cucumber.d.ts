import type { IConfiguration } from '@cucumber/cucumber/api';

/** A profile of the suite, to be spread into one of your own. All paths are absolute. */
type Profile = Partial<IConfiguration> & Required<Pick<IConfiguration, 'paths' | 'import' | 'tags'>>;

declare const none: Partial<IConfiguration>;
export default none;
export declare const audit: Profile;
export declare const setup: Profile;
export declare const gate: Profile;
export declare const demo: Profile;
