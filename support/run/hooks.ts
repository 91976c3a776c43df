import { Before, setDefaultTimeout } from '@cucumber/cucumber';
import { idOf } from '../verdict/verdict.ts';
import type { ComplianceWorld } from './world.ts';

// Every question has its own deadline, and the run has one; Cucumber's five seconds would cut into both.
setDefaultTimeout(-1);

// Allure leaves out a hook of this name: it checks nothing and tells nothing.
Before({ name: 'ALLURE_FIXTURE_IGNORE' }, function (this: ComplianceWorld, { pickle }) {
  this.requirement = idOf(pickle);
});
