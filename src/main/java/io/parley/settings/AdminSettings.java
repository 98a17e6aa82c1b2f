package io.parley.settings;

/** The account that exists from the first start on. */
public record AdminSettings(String email, String password) {
  static AdminSettings of(SettingValues values, Mode mode) {
    boolean sandbox = mode == Mode.SANDBOX;
    AdminSettings admin =
        new AdminSettings(
            values.optional("admin.email").orElse(sandbox ? "admin@parley.local" : ""),
            values.optional("admin.password").orElse(sandbox ? "parley-demo" : ""));
    if (!admin.email.matches("[^\\s@]+@[^\\s@]+")) {
      throw InvalidSettings.of("admin.email", admin.email, "an email address");
    }
    if (admin.password.length() < 8 || admin.password.length() > 256) {
      throw new InvalidSettings("admin.password: it must have 8 to 256 characters");
    }
    return admin;
  }

  @Override
  public String toString() {
    return "AdminSettings[email=" + email + "]";
  }
}
