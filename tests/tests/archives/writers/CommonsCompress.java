import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.*;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream.UnicodeExtraFieldPolicy;

/** Writes one bundle in each of the ways of commons-compress, and prints a line for each archive. */
public class CommonsCompress {
    static final String[][] FILES = {
        {"export-manifest.json", "{\"bundleId\": \"v1\", \"originalProjectKey\": \"CHURN\"}"},
        {"project_config/params.json", "{\"name\": \"Churn\"}"},
        {"data/caf\u00e9.csv", "id,name\n" + "1,one\n2,two\n".repeat(100)},
        {"data/empty", ""},
    };

    interface Setting {
        void change(ZipArchiveOutputStream zip);
    }

    public static void main(String[] arguments) throws Exception {
        Path place = Path.of(arguments[0]);
        for (Zip64Mode mode : Zip64Mode.values()) {
            write(place, "file, Zip64 " + mode, true, false, zip -> zip.setUseZip64(mode));
            write(place, "stream, Zip64 " + mode, false, false, zip -> zip.setUseZip64(mode));
            write(place, "file, stored, Zip64 " + mode, true, true, zip -> zip.setUseZip64(mode));
        }
        write(place, "stream, stored", false, true, zip -> {});
        write(place, "file, Unicode fields always", true, false, zip -> zip.setCreateUnicodeExtraFields(UnicodeExtraFieldPolicy.ALWAYS));
        write(place, "file, names not marked as UTF-8", true, false, zip -> zip.setUseLanguageEncodingFlag(false));
        write(place, "file, Latin-1 names with Unicode fields", true, false, zip -> {
            zip.setEncoding("ISO-8859-1");
            zip.setCreateUnicodeExtraFields(UnicodeExtraFieldPolicy.ALWAYS);
        });
    }

    static void write(Path place, String mode, boolean file, boolean stored, Setting setting) throws IOException {
        String name = "commons-compress-" + mode.toLowerCase().replaceAll("[^a-z0-9]+", "-");
        System.out.println(String.join("\t", name, "commons-compress", version(), mode));
        Path path = place.resolve(name + ".zip");
        try (ZipArchiveOutputStream zip = file
                ? new ZipArchiveOutputStream(path.toFile())
                : new ZipArchiveOutputStream(new BufferedOutputStream(Files.newOutputStream(path)))) {
            setting.change(zip);
            for (String[] one : FILES) {
                byte[] text = one[1].getBytes(StandardCharsets.UTF_8);
                ZipArchiveEntry entry = new ZipArchiveEntry(one[0]);
                if (stored) {
                    CRC32 sum = new CRC32();
                    sum.update(text);
                    entry.setMethod(ZipArchiveEntry.STORED);
                    entry.setSize(text.length);
                    entry.setCrc(sum.getValue());
                }
                zip.putArchiveEntry(entry);
                zip.write(text);
                zip.closeArchiveEntry();
            }
        }
    }

    static String version() {
        String version = ZipArchiveOutputStream.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }
}
