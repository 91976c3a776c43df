import { Given, Then, When } from '@cucumber/cucumber';
import { hostKeyIsKnown, hostsAreDeclared, hostsLogIn } from '../support/checks/access.ts';
import { bridgesCanSend } from '../support/checks/bridges.ts';
import { libvirtAnswers, scriptsAreOnHosts } from '../support/checks/driver.ts';
import { otherPrograms, programsOnHosts } from '../support/checks/programs.ts';
import { hostsHaveSpace } from '../support/checks/storage.ts';
import { asking, judging } from '../support/run/world.ts';

Given('the hypervisor hosts that OpenNebula lists', asking());
Given('the bridge hosts that the datastore names', asking());
When('each of them logs in to the backup server and to the front-end, and looks for what hypervisors stage', asking('server', 'hosts'));
When('each of them logs in to the backup server the way the rsync driver does', asking('hosts'));
When('each of them is asked for the free space where its virtual machines lie', asking('hosts'));
When('rsync and qemu-img are asked for their versions on each of them', asking('hosts'));
When("the front-end and each of them are shown the backup server's host key", asking('server', 'hosts'));
When("the driver's scripts on each of them are compared with those of the front-end", asking('hosts'));
When('libvirt is asked for its version on each of them', asking('hosts'));
When(
  'the front-end, each of them and the backup server are searched for the programs that the driver calls there',
  asking('server', 'hosts'),
);

Then('the backup server lets every host in, and asks none for a password', judging(hostsLogIn));
Then('each knows it, or is set to accept one it does not know, and all see the same', judging(hostKeyIsKnown));
Then('both let it in, it has the programs it needs, and sees the system datastores at the same paths', judging(bridgesCanSend));
Then('they are the hosts that the site file declares, no more and no fewer', judging(hostsAreDeclared));
Then('every host has enough to stage a backup', judging(hostsHaveSpace));
Then(
  'both answer on every host with versions that the driver can work with, and rsync logs in to the backup server',
  judging(programsOnHosts),
);
Then('every program that the virtual machines of this cloud need is found, and runs', judging(otherPrograms));
Then('every host has them, may run them, and has no other version', judging(scriptsAreOnHosts));
Then('it answers on every host, supports the backups that are made there, and any limits can be set', judging(libvirtAnswers));
