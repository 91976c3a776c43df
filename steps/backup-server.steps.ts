import { Then, When } from '@cucumber/cucumber';
import { frontendLogsIn, loginIsQuiet } from '../support/checks/access.ts';
import { qemuImgOnBackupServer, rsyncOnBackupServer } from '../support/checks/programs.ts';
import { incrementsCanBePutTogether, serverHasSpace, storageBelongsToUser, storageIsMounted } from '../support/checks/storage.ts';
import { asking, judging } from '../support/run/world.ts';

When('the front-end logs in to the backup server the way the rsync driver does', asking('server'));
When('rsync is asked for its version on the backup server', asking('server'));
When('qemu-img is asked for its version on the backup server', asking('server'));
When('the storage directory is looked at on the backup server', asking('server'));
When('the backup server is asked for its free space', asking('server'));
When('the directory is looked at in which increments are put together', asking('server'));

Then('the backup server lets it in, and asks for no password', judging(frontendLogsIn));
Then('nothing is printed but what was asked for', judging(loginIsQuiet));
Then('it answers with a version that the driver can work with', judging(rsyncOnBackupServer));
Then('qemu-img answers with a version that the driver can work with', judging(qemuImgOnBackupServer));
Then(
  "it and the datastore's directory in it belong to RSYNC_USER, who may write to them; accounts outside its group may not",
  judging(storageBelongsToUser),
);
Then('it does not lie on the root file system', judging(storageIsMounted));
Then('there is enough in storage, and where increments are put together', judging(serverHasSpace));
Then('RSYNC_USER can make a directory in it', judging(incrementsCanBePutTogether));
