import { audit as ours } from 'opennebula-backup-compliance/cucumber';

export default {};
export const audit = {
  ...ours,
  paths: [...ours.paths, 'features/*.feature'],
  import: [...ours.import, 'steps/*.ts'],
};
