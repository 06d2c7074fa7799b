/** The models of random calls, defined for TypeORM. */
import { DataSource, EntitySchema } from 'typeorm';
import type { ModelName } from './models.js';

const id = { type: 'integer', primary: true } as const;
const text = { type: 'text', nullable: true } as const;
const many = (target: ModelName, inverseSide: string) =>
  ({ type: 'one-to-many', target, inverseSide, cascade: true }) as const;
const one = (target: ModelName, inverseSide: string, name: string, onDelete: 'CASCADE' | 'SET NULL') =>
  ({
    type: 'many-to-one',
    target,
    inverseSide,
    nullable: true,
    joinColumn: { name },
    onDelete,
    onUpdate: 'CASCADE',
    cascade: ['insert', 'update'],
  }) as const;

const SCHEMAS = [
  new EntitySchema<object>({
    ...{ name: 'Author', tableName: 'authors', columns: { id, name: text } as object },
    relations: {
      posts: many('Post', 'author'),
      profile: { type: 'one-to-one', target: 'Profile', inverseSide: 'author', cascade: true },
    } as object,
  }),
  new EntitySchema<object>({
    ...{ name: 'Profile', tableName: 'profiles', columns: { id, text } as object },
    relations: {
      author: {
        type: 'one-to-one',
        target: 'Author',
        inverseSide: 'profile',
        nullable: true,
        joinColumn: { name: 'author_id' },
        onDelete: 'CASCADE',
        onUpdate: 'CASCADE',
        cascade: ['insert', 'update'],
      },
    } as object,
  }),
  new EntitySchema<object>({
    ...{
      name: 'Label',
      tableName: 'labels',
      columns: { id, slug: { ...text, unique: true }, name: text } as object,
    },
    relations: { posts: many('Post', 'label') } as object,
  }),
  new EntitySchema<object>({
    ...{
      name: 'Post',
      tableName: 'posts',
      columns: { id, title: text, views: { type: 'integer', default: 0 } } as object,
    },
    relations: {
      author: one('Author', 'posts', 'author_id', 'CASCADE'),
      label: {
        ...one('Label', 'posts', 'label_slug', 'SET NULL'),
        joinColumn: { name: 'label_slug', referencedColumnName: 'slug' },
      },
      parent: one('Post', 'children', 'parent_id', 'SET NULL'),
      children: many('Post', 'parent'),
      comments: many('Comment', 'post'),
      tags: {
        ...{ type: 'many-to-many', target: 'Tag', inverseSide: 'posts', cascade: true },
        joinTable: {
          name: 'post_tags',
          joinColumn: { name: 'post_id' },
          inverseJoinColumn: { name: 'tag_id' },
        },
      },
    } as object,
  }),
  new EntitySchema<object>({
    ...{ name: 'Comment', tableName: 'comments', columns: { id, text } as object },
    relations: { post: one('Post', 'comments', 'post_id', 'CASCADE') } as object,
  }),
  new EntitySchema<object>({
    ...{ name: 'Tag', tableName: 'tags', columns: { id, name: text } as object },
    relations: { posts: { type: 'many-to-many', target: 'Post', inverseSide: 'tags' } } as object,
  }),
];

export async function openTypeOrm(): Promise<DataSource> {
  const options = {
    type: 'better-sqlite3',
    database: ':memory:',
    entities: SCHEMAS,
    synchronize: true,
  } as const;
  return await new DataSource(options).initialize();
}
