import { expect, test } from 'vitest';
import { declaredModels } from '../../../../src/track/prisma/models/schema.js';

const models = declaredModels(`
datasource db {
  provider = "postgresql" // model Comment {
}

/// A post. @id
model Post {
  slug     String  @map("model Other {") @id(map: "post (key)")
  link     String  @default("http://example.com/@id") // @id
  author   Author? @relation(fields: [authorId], references: [id])
  authorId Int?
  editor   Author  @relation("fields: [x]", fields: [editorId], references: [id])
  editorId Int
  tags     Tag[]
  place    Unsupported("point")?
  series   Series  @relation(
    fields: [seriesA, seriesB],
    references: [a, b],
    onDelete: Cascade
  )
  seriesA  Int
  seriesB  Int
  meta     Json    @default("{}")
}
model Series {
  a     Int @db.Id
  b     Int
  posts Post[] @relation()
  @@id([a(sort: Desc), b], map: "key")
  @@map("id")
}
view Summary {
  id Int @unique
}
type Address {
  id Int @id
}
`);

test('the keys of models are found', () => {
  expect([...models].map(([name, { primary }]) => [name, primary])).toEqual([
    ['Post', ['slug']],
    ['Series', ['a', 'b']],
    ['Summary', []],
  ]);
});

test('relations have an owner, and may cascade', () => {
  const fields = models.get('Post')?.fields;
  const key = { fields: ['authorId'], references: ['id'] };
  const author = { type: 'Author', isList: false, isOwner: true, isCascading: true };
  expect(fields?.get('author')).toEqual({ ...author, ...key });
  expect(fields?.get('editor')).toMatchObject({ isOwner: true, isCascading: false });
  expect(fields?.get('series')).toMatchObject({ fields: ['seriesA', 'seriesB'], references: ['a', 'b'] });
  expect(fields?.get('series')).toMatchObject({ isOwner: true, isCascading: true });
  const tags = { type: 'Tag', isList: true, isOwner: false, isCascading: false };
  expect(fields?.get('tags')).toEqual({ ...tags, fields: [], references: [] });
  expect(models.get('Series')?.fields.get('posts')).toMatchObject({ isList: true, isOwner: false });
});
