/** What oned does with templates of virtual machines: create them, delete them. */
import { type Call, type Cloud, checkName, log, requireManage } from './cloud.ts';
import { now } from './format.ts';
import { dropImage } from './images.ts';
import { newTemplate, ownership } from './state.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { find, int, OneError, type Tree, text, trees } from './tree.ts';

/** Creates a template and returns its id. Throws what `onetemplate create` would say. */
export function allocateTemplate({ cloud, user }: Call, name: string, contents: Tree): number {
  const own = cloud.state.templates.filter((other) => int(other, 'UID') === user.id);
  const valid = checkName(name, { kind: 'TEMPLATE', objects: own });
  const id = cloud.newId('templates');
  cloud.state.templates.push({ ...newTemplate(id, valid, now()), ...ownership(id, valid, { user }), TEMPLATE: contents });
  return id;
}

/** The same from the text of a file, which names it. */
export function createTemplate(call: Call, source: string): number {
  const { NAME: _name, ...contents } = parseTemplate(source);
  return allocateTemplate(call, text(parseTemplate(source), 'NAME'), contents);
}

/** `onetemplate update`. */
export function updateTemplate({ cloud, user }: Call, id: number, source: string, append: boolean): void {
  const template = cloud.get('templates', id);
  requireManage(user, 'TEMPLATE', template);
  template.TEMPLATE = withAttributes(append ? (template.TEMPLATE as Tree) : {}, parseTemplate(source));
}

/** Deletes a template, with `recursive` also the images of its disks; those that cannot be deleted stay, and it is not said. */
export function deleteTemplate(call: Call, id: number, recursive: boolean): void {
  const { cloud, user } = call;
  const template = cloud.get('templates', id);
  requireManage(user, 'TEMPLATE', template);
  cloud.state.templates = cloud.state.templates.filter((other) => other !== template);
  for (const image of recursive ? imagesOf(cloud, template) : []) {
    try {
      dropImage(call, image);
    } catch (error) {
      if (!(error instanceof OneError)) throw error;
      log('ReM', 'W', `Template ${id} deleted, unable to recursively delete image ${text(image, 'ID')}: ${error.message}`);
    }
  }
}

/** The images of a template's disks, which name them by id, or by name and owner. */
function imagesOf(cloud: Cloud, template: Tree): Set<Tree> {
  const images = trees(template, 'TEMPLATE/DISK').flatMap((disk) => {
    const id = find(disk, 'IMAGE_ID');
    const owner = find(disk, 'IMAGE_UNAME') ?? text(template, 'UNAME');
    const meant = (image: Tree) =>
      id === undefined ? text(image, 'NAME') === find(disk, 'IMAGE') && text(image, 'UNAME') === owner : text(image, 'ID') === id;
    return cloud.state.images.filter(meant);
  });
  return new Set(images);
}
