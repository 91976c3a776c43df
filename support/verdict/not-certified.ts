/** What no run says anything about, whatever its verdict. The report, README and the documents say it in these words; a test compares. */
const beyond = [
  'that the site file declares all that matters as production',
  'copies of the backups elsewhere (3-2-1)',
  'that the storage cannot be changed afterwards, or is encrypted',
  'restic datastores',
  'storage on Ceph or LVM',
  'OpenNebula before 6.6',
];

export const notCertified = `Not certified: ${beyond.join('; ')}.`;
