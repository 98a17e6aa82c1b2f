package io.parley.settings;

/** The administrator's account, which is created at the first start. */
public record AdminSettings(String email, String password) {
  /** The administrator's password in a sandbox, and that of the demo's users. */
  public static final String SANDBOX_PASSWORD = "parley-demo";

  static AdminSettings of(SettingsReader reader, Mode mode) {
    AdminSettings admin =
        new AdminSettings(
            reader.requiredInProduction("admin.email", mode).orElse("admin@parley.local"),
            reader.requiredInProduction("admin.password", mode).orElse(SANDBOX_PASSWORD));
    if (!admin.email.matches("[^\\s@]+@[^\\s@]+")) {
      reader.invalid("admin.email", "an email address");
    }
    if (admin.password.length() < 8 || admin.password.length() > 256) {
      reader.mistake("admin.password", "must have 8 to 256 characters");
    }
    if (mode == Mode.PRODUCTION && reader.text("admin.password").equals(SANDBOX_PASSWORD)) {
      reader.mistake("admin.password", "is the password of every sandbox; choose another one");
    }
    return admin;
  }

  @Override
  public String toString() {
    return "AdminSettings[email=" + email + "]";
  }
}
