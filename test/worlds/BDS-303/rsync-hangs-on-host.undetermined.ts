import { answering } from '../ways.ts';
import { onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...answering('rsync', ['kvm01'], { what: 'hangs', script: 'exec sleep 60', looks: /^exit 124/ }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('303'),
  machines: onlyKvm01('303', 'undetermined'),
  reasons: { 'BDS-303': [/kvm01/, /no answer to “rsync --version” within 3 s/, /ssh kvm01/] },
} satisfies World;
