package io.parley.store.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.Properties;

/**
 * The role with which the gateway uses its embedded database. It owns the database and everything
 * in it, but is no superuser: an attacker who makes the gateway run a statement cannot read files
 * or run programs by it.
 */
final class GatewayRole {
  static final String NAME = "parley_gateway";

  /** Everything that an earlier version created as the superuser, and the role does not own yet. */
  private static final String TAKE_OVER =
      """
      do $$
      declare
        v_command text;
      begin
        for v_command in
          select format('alter %%s %%s owner to %1$s', k.kind, c.oid::regclass)
          from pg_class c
          join (values ('r', 'table'), ('p', 'table'), ('S', 'sequence'), ('v', 'view'), ('m', 'materialized view'))
            k (relkind, kind) on k.relkind = c.relkind::text
          where c.relnamespace = 'public'::regnamespace and c.relowner <> '%1$s'::regrole
            -- an identity or serial sequence follows its table
            and not exists (
              select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
                and c.relkind = 'S')
          union all
          select format('alter routine %%s owner to %1$s', p.oid::regprocedure)
          from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proowner <> '%1$s'::regrole
          union all
          select format('alter type %%s owner to %1$s', t.oid::regtype)
          from pg_type t left join pg_class c on c.oid = t.typrelid
          where t.typnamespace = 'public'::regnamespace and t.typowner <> '%1$s'::regrole
            and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
        loop
          execute v_command;
        end loop;
      end
      $$
      """
          .formatted(NAME);

  private static final String CREATE =
      """
      do $$
      begin
        if not exists (select from pg_roles where rolname = '%1$s') then
          create role %1$s login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
        end if;
      end
      $$
      """
          .formatted(NAME);

  private GatewayRole() {}

  static String newPassword() {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** Writes a file that nobody else can read. */
  static void writeSecret(Path file, String secret) throws IOException {
    Path half = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(half);
    Files.createFile(
        half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(half, secret);
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Creates the role unless it exists, lets it own what is there, and returns its password. */
  static String prepare(Path home, int port, String superuser, String superuserPassword)
      throws IOException {
    Path file = home.resolve("gateway.password");
    boolean isKnown = Files.exists(file);
    String password = isKnown ? Files.readString(file).strip() : newPassword();
    Properties properties = new Properties();
    properties.setProperty("user", superuser);
    properties.setProperty("password", superuserPassword);
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + EmbeddedPostgres.DATABASE;
    try (Connection connection = DriverManager.getConnection(url, properties);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(CREATE);
      if (!isKnown) {
        statement.execute("alter role " + NAME + " password '" + password + "'");
      }
      statement.execute("alter database " + EmbeddedPostgres.DATABASE + " owner to " + NAME);
      statement.execute(TAKE_OVER);
      connection.commit();
    } catch (SQLException failure) {
      throw new IOException("the embedded database failed: " + failure.getMessage(), failure);
    }
    if (!isKnown) {
      writeSecret(file, password);
    }
    return password;
  }
}
