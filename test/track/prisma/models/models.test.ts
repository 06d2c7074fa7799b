import { expect, test } from 'vitest';
import { PrismaModels } from '../../../../src/track/prisma/models/models.js';

const models = `
model Author {
  id     Int    @id
  handle String @unique
  posts  Post[]
}

model Post {
  id     Int    @id
  handle String
  author Author @relation(fields: [handle], references: [handle])
}
`;
const scalar = (name: string, type: string) => ({ name, kind: 'scalar', type });
const relation = (name: string, type: string) => ({
  name,
  kind: 'object',
  type,
  relationName: 'AuthorToPost',
});
const runtime = {
  Author: { fields: [scalar('id', 'Int'), scalar('handle', 'String'), relation('posts', 'Post')] },
  Post: { fields: [scalar('id', 'Int'), scalar('handle', 'String'), relation('author', 'Author')] },
};

function modelsIn(datasource: string): PrismaModels {
  const inlineSchema = `datasource db {\n  provider = "mysql"\n  ${datasource}\n}\n${models}`;
  const _engineConfig = { inlineSchema, activeProvider: 'mysql' };
  return new PrismaModels({ _runtimeDataModel: { models: runtime }, _engineConfig });
}

test('what Prisma keeps equal itself, in place of foreign keys, changes along', () => {
  const kept = modelsIn('relationMode = "prisma"');
  expect(kept.changedAlong('Author', ['handle'])).toEqual([{ entity: 'Post', action: 'update' }]);
  expect(kept.changedAlong('Author', undefined)).toEqual([{ entity: 'Post', action: 'update' }]);
  expect(kept.changedAlong('Author', ['id'])).toEqual([]);
  // Otherwise the catalogue of the database says it.
  expect(modelsIn('').changedAlong('Author', ['handle'])).toEqual([]);
});
