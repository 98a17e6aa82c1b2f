package io.parley.settings;

/** The administrator's account, which is created at the first start. */
public record AdminSettings(String email, String password) {
  static AdminSettings of(SettingsReader reader, Mode mode) {
    AdminSettings admin =
        new AdminSettings(
            reader.requiredInProduction("admin.email", mode).orElse("admin@parley.local"),
            reader.requiredInProduction("admin.password", mode).orElse("parley-demo"));
    if (!admin.email.matches("[^\\s@]+@[^\\s@]+")) {
      reader.invalid("admin.email", "an email address");
    }
    if (admin.password.length() < 8 || admin.password.length() > 256) {
      reader.mistake("admin.password", "must have 8 to 256 characters");
    }
    return admin;
  }

  @Override
  public String toString() {
    return "AdminSettings[email=" + email + "]";
  }
}
