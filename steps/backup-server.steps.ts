import { Then, When } from '@cucumber/cucumber';
import { frontendLogsIn, loginIsQuiet } from '../support/checks/access.ts';
import { qemuImgOnBackupServer, rsyncOnBackupServer } from '../support/checks/programs.ts';
import { incrementsCanBePutTogether, serverHasSpace, storageBelongsToUser, storageIsMounted } from '../support/checks/storage.ts';
import { asking, judging } from '../support/run/world.ts';

When('the front-end logs in to the backup server the way the rsync driver does', asking('server'));
When('rsync is asked for its version on the backup server', asking('server'));
When('qemu-img is asked for its version on the backup server', asking('server'));
When('the storage directory is checked on the backup server', asking('server'));
When('the backup server is asked for its free space', asking('server'));
When('the directory where increments are merged is checked', asking('server'));

Then('the backup server accepts the login without a password', judging(frontendLogsIn));
Then('the login prints nothing of its own', judging(loginIsQuiet));
Then('rsync is there in a version that the driver can use', judging(rsyncOnBackupServer));
Then('qemu-img is there in a version that the driver can use', judging(qemuImgOnBackupServer));
Then(
  "it and the datastore's directories in it belong to RSYNC_USER and its group, nobody else may write, and OpenNebula uses the declared path",
  judging(storageBelongsToUser),
);
Then('it is not on the root file system', judging(storageIsMounted));
Then('space and inodes suffice in storage and where increments are merged', judging(serverHasSpace));
Then('RSYNC_USER can create a directory in it', judging(incrementsCanBePutTogether));
