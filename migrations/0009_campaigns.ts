import type { Knex } from 'knex'

/** Campaigns: many addresses that do one thing together, and who took part in which hour. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table campaigns (
      id          text primary key,
      kind        text not null,
      title       text not null,
      severity    text not null check (severity in ('info', 'low', 'medium', 'high')),
      reasons     jsonb not null default '[]',
      status      text not null default 'open' check (status in ('open', 'blocked', 'dismissed')),
      -- The first and the last hour in which it was seen.
      first_seen  timestamptz not null,
      last_seen   timestamptz not null,
      addresses   integer not null default 0,
      requests    bigint not null default 0,
      reviewed_by text,
      reviewed_at timestamptz,
      note        text
    );
    create index campaigns_newest on campaigns (last_seen desc, id desc);

    create table campaign_members (
      campaign_id  text not null references campaigns on delete cascade,
      window_start timestamptz not null,
      ip_address   inet not null,
      requests     integer not null,
      saved_at     timestamptz not null default now(),
      primary key (campaign_id, window_start, ip_address)
    );
    create index campaign_members_by_window on campaign_members (window_start);
    create index campaign_members_by_address on campaign_members (ip_address);

    alter table suspicious_ips add column campaign_id text references campaigns on delete set null;
    create index suspicious_ips_by_campaign on suspicious_ips (campaign_id) where campaign_id is not null;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index suspicious_ips_by_campaign;
    alter table suspicious_ips drop column campaign_id;
    drop table campaign_members, campaigns;
  `)
}
