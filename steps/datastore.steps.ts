import { Then, When } from '@cucumber/cucumber';
import { listedAsRsyncBackup } from '../support/checks/datastore.ts';
import type { ComplianceWorld } from '../support/world.ts';

When('OpenNebula lists its datastores', async function (this: ComplianceWorld) {
  await this.cloud.frontend();
});

Then('the declared one is there with TYPE bck, DS rsync, TM -, STAT on', async function (this: ComplianceWorld) {
  return this.judge(listedAsRsyncBackup(await this.cloud.frontend(), this.cloud.site));
});
