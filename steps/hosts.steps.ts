import { Given, Then, When } from '@cucumber/cucumber';
import { hostKeyIsKnown, hostsAreDeclared, hostsLogIn } from '../support/checks/access.ts';
import { bridgesCanSend } from '../support/checks/bridges.ts';
import { libvirtAnswers, scriptsAreOnHosts } from '../support/checks/driver.ts';
import { otherPrograms, programsOnHosts } from '../support/checks/programs.ts';
import { hostsHaveSpace } from '../support/checks/storage.ts';
import { asking, judging } from '../support/run/world.ts';

Given('the hypervisor hosts that OpenNebula lists', asking());
Given('the bridge hosts that the datastore names', asking());
When('each of them logs in to the backup server and to the front-end, and reads the system datastores', asking('server', 'hosts'));
When('each of them logs in to the backup server the way the rsync driver does', asking('hosts'));
When('each of them is asked for the free space where its VMs lie', asking('hosts'));
When('rsync and qemu-img are asked for their versions on each of them', asking('hosts'));
When('the backup server shows its host key to the front-end and to each of them', asking('server', 'hosts'));
When("the driver's scripts on each of them are compared with those of the front-end", asking('hosts'));
When('libvirt is asked for its version on each of them', asking('hosts'));
When('the programs that the driver calls are run on the front-end, on each of them and on the backup server', asking('server', 'hosts'));

Then('the backup server accepts the login of every host without a password', judging(hostsLogIn));
Then('each of them knows the key or is set to accept new ones, and all see the same key', judging(hostKeyIsKnown));
Then('both logins succeed, every program it needs runs, and it sees the system datastores at the same paths', judging(bridgesCanSend));
Then('they are exactly the hosts that the site file declares', judging(hostsAreDeclared));
Then('every host has enough to stage a backup', judging(hostsHaveSpace));
Then('both are on every host in versions that the driver can use, and rsync logs in to the backup server', judging(programsOnHosts));
Then("every program that backups, restores and merges in this cloud need is in the driver's PATH, and runs", judging(otherPrograms));
Then("every host has all of them, in the front-end's version, and may run them", judging(scriptsAreOnHosts));
Then('libvirt answers on every host, supports the backups made there, and can set their limits', judging(libvirtAnswers));
