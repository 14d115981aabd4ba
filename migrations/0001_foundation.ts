import type { Knex } from 'knex'

/** Every table of the first release; DESIGN's words are the names. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One sequence for all partitions: identity columns on partitioned tables need Postgres 17.
    create sequence request_logs_id_seq;

    create table request_logs (
      id          bigint not null default nextval('request_logs_id_seq'),
      ip_address  inet not null,
      timestamp   timestamptz not null,
      method      text not null,
      path        text not null,
      query       text not null default '',
      status      smallint, -- null: judged for another server, which answered it
      duration_ms real,
      bytes       bigint,
      user_agent  text not null default '',
      country     text,
      city        text,
      asn         bigint,
      account     text,
      source      text not null check (source in ('service', 'ingest', 'check', 'forward-auth'))
    ) partition by range (timestamp);

    create index request_logs_by_time on request_logs (timestamp, id);
    create index request_logs_by_address on request_logs (ip_address inet_ops, timestamp);

    -- The days that have a partition. Retention counts an imported day from when it was made, so
    -- that history can be judged before it is forgotten.
    create table request_log_days (
      day             date primary key,
      made_at         timestamptz not null default now(),
      truncated_until timestamptz
    );

    -- How far each spool segment has been written; advanced in the transaction that writes its rows.
    create table spool_segments (
      id         uuid primary key,
      position   bigint not null,
      written_at timestamptz not null default now()
    );

    create table blocked_ips (
      id          bigint generated always as identity primary key,
      ip_address  cidr not null unique,
      reason      text not null,
      source      text not null check (source in ('person', 'import', 'detection')),
      source_name text,
      blocked_by  text not null,
      blocked_at  timestamptz not null default now(),
      expires_at  timestamptz
    );
    create index blocked_ips_by_source on blocked_ips (source, source_name);

    create table allowed_networks (
      id         bigint generated always as identity primary key,
      ip_address cidr not null unique,
      reason     text not null,
      allowed_by text not null,
      allowed_at timestamptz not null default now()
    );

    -- Moves with every change, whoever makes it, so that a reader sees cheaply that it is behind.
    create table revisions (
      name  text primary key,
      value bigint not null
    );
    insert into revisions (name, value) values ('blocklist', 0);

    create function note_blocklist_change() returns trigger language plpgsql as $$
    begin
      insert into revisions (name, value) values ('blocklist', 1)
          on conflict (name) do update set value = revisions.value + 1;
      perform pg_notify('portcullis', 'blocklist');
      return null;
    end $$;

    create trigger blocked_ips_changed
      after insert or update or delete or truncate on blocked_ips
      for each statement execute function note_blocklist_change();
    create trigger allowed_networks_changed
      after insert or update or delete or truncate on allowed_networks
      for each statement execute function note_blocklist_change();

    create table detection_runs (
      hour         timestamptz primary key,
      claimed_by   text not null,
      claimed_at   timestamptz not null default now(),
      heartbeat_at timestamptz not null default now(),
      attempts     integer not null default 1,
      finished_at  timestamptz,
      error        text,
      addresses    integer,
      flagged      integer,
      facts        jsonb not null default '{}'
    );

    create table suspicious_ips (
      id           bigint generated always as identity primary key,
      ip_address   inet not null,
      window_start timestamptz not null,
      risk         double precision not null check (risk between 0 and 1),
      severity     text not null check (severity in ('info', 'low', 'medium', 'high')),
      reason       text not null,
      reasons      jsonb not null default '[]',
      features     jsonb not null default '{}',
      status       text not null default 'open' check (status in ('open', 'blocked', 'dismissed', 'allowed')),
      flagged_at   timestamptz not null default now(),
      reviewed_by  text,
      reviewed_at  timestamptz,
      note         text,
      unique (ip_address, window_start)
    );
    create index suspicious_ips_newest on suspicious_ips (flagged_at desc, id desc);
    create index suspicious_ips_worst on suspicious_ips (risk desc, id desc);

    create table accounts (
      id            bigint generated always as identity primary key,
      email         text not null,
      password_hash text not null,
      role          text not null check (role in ('admin', 'viewer')),
      created_at    timestamptz not null default now()
    );
    create unique index accounts_by_email on accounts (lower(email));

    -- Only hashes of tokens and keys are stored: who reads this table can use none of them.
    create table sessions (
      id           text primary key,
      account_id   bigint not null references accounts on delete cascade,
      created_at   timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      expires_at   timestamptz not null
    );
    create index sessions_by_account on sessions (account_id);

    create table api_keys (
      id           bigint generated always as identity primary key,
      name         text not null,
      prefix       text not null unique,
      key_hash     text not null,
      scopes       text[] not null,
      created_at   timestamptz not null default now(),
      last_used_at timestamptz,
      revoked_at   timestamptz
    );

    create table audit_log (
      id         bigint generated always as identity primary key,
      at         timestamptz not null default now(),
      actor      text not null,
      action     text not null,
      subject    text,
      details    jsonb not null default '{}',
      ip_address inet
    );
    create index audit_log_newest on audit_log (at desc, id desc);
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table audit_log, api_keys, sessions, accounts, suspicious_ips, detection_runs,
               blocked_ips, allowed_networks, revisions, spool_segments, request_log_days, request_logs;
    drop function note_blocklist_change;
    drop sequence request_logs_id_seq;
  `)
}
