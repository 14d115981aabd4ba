import type { Knex } from 'knex'

/**
 * Which networks of the blocklist changed last, so that an instance a little behind reads those
 * and not the whole list. The revision counts changed networks, and each of the newest thousand
 * (`CHANGES_KEPT`) stands in `blocklist_changes` under its number. A statement that changes more
 * moves the revision on by more than that: everybody then sees that the list is to be read whole.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table blocklist_changes (
      revision   bigint primary key,
      ip_address cidr not null
    );

    -- One network has one form: IPv4 in IPv6 (::ffff:192.0.2.0/120) is IPv4. Plain SQL, too.
    create function unmapped(network cidr) returns cidr language sql immutable as $$
      select set_masklen('0.0.0.0'::inet + (host(network)::inet - '::ffff:0.0.0.0'::inet),
                         masklen(network) - 96)::cidr
    $$;
    create function unmap_network() returns trigger language plpgsql as $$
    begin
      new.ip_address := unmapped(new.ip_address);
      return new;
    end $$;

    delete from blocked_ips mapped
     where ip_address <<= '::ffff:0.0.0.0/96'
       and exists (select from blocked_ips where ip_address = unmapped(mapped.ip_address));
    update blocked_ips set ip_address = unmapped(ip_address)
     where ip_address <<= '::ffff:0.0.0.0/96';
    delete from allowed_networks mapped
     where ip_address <<= '::ffff:0.0.0.0/96'
       and exists (select from allowed_networks where ip_address = unmapped(mapped.ip_address));
    update allowed_networks set ip_address = unmapped(ip_address)
     where ip_address <<= '::ffff:0.0.0.0/96';

    create trigger blocked_ips_unmapped
      before insert or update of ip_address on blocked_ips
      for each row when (new.ip_address <<= '::ffff:0.0.0.0/96') execute function unmap_network();
    create trigger allowed_networks_unmapped
      before insert or update of ip_address on allowed_networks
      for each row when (new.ip_address <<= '::ffff:0.0.0.0/96') execute function unmap_network();

    drop trigger blocked_ips_changed on blocked_ips;
    drop trigger allowed_networks_changed on allowed_networks;
    drop function note_blocklist_change;

    create function note_blocklist_change() returns trigger language plpgsql as $$
    declare
      kept constant integer := 1000;
      networks cidr[]; -- null: all of them
      steps    integer;
      newest   bigint;
    begin
      if tg_op = 'UPDATE' then
        networks := array(select ip_address from before union select ip_address from changed
                           limit kept + 1);
      elsif tg_op <> 'TRUNCATE' then
        networks := array(select ip_address from changed limit kept + 1);
      end if;
      steps := coalesce(cardinality(networks), kept + 1);
      if steps = 0 then return null; end if;

      -- The row stays locked until the commit: revisions are in the order of commits.
      insert into revisions (name, value) values ('blocklist', steps)
          on conflict (name) do update set value = revisions.value + steps
       returning value into newest;
      if steps <= kept then
        insert into blocklist_changes (revision, ip_address)
        select newest - steps + place, ip_address
          from unnest(networks) with ordinality as listed (ip_address, place)
            on conflict (revision) do update set ip_address = excluded.ip_address;
      end if;
      delete from blocklist_changes where revision <= newest - kept;
      perform pg_notify('portcullis', 'blocklist');
      return null;
    end $$;
    ${['blocked_ips', 'allowed_networks'].map(triggersOn).join('')}
  `)
}

/** Transition tables want a trigger per kind of change. */
function triggersOn(table: string): string {
  const note = 'for each statement execute function note_blocklist_change()'
  return `
    create trigger ${table}_inserted after insert on ${table}
      referencing new table as changed ${note};
    create trigger ${table}_updated after update on ${table}
      referencing old table as before new table as changed ${note};
    create trigger ${table}_deleted after delete on ${table}
      referencing old table as changed ${note};
    create trigger ${table}_truncated after truncate on ${table} ${note};`
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function note_blocklist_change, unmap_network cascade;
    drop function unmapped;
    drop table blocklist_changes;

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
  `)
}
