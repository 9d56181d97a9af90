import java.io.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.jar.*;
import java.util.spi.ToolProvider;
import java.util.zip.*;

/** Reads archives in the two ways of Java, and writes one bundle in each of its ways. */
public class Archives {
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("write")) {
            write(Path.of(arguments[1]));
        } else {
            read(Path.of(arguments[1]));
        }
    }

    // ---- reading: input is a length and that many bytes, output is one line

    static void read(Path place) throws Exception {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        Path file = place.resolve("archive.zip");
        for (;;) {
            byte[] bytes;
            try {
                bytes = in.readNBytes(in.readInt());
            } catch (EOFException end) {
                return;
            }
            Files.write(file, bytes);
            out.println(compare(file, bytes));
        }
    }

    static String compare(Path file, byte[] bytes) {
        List<String> listed = new ArrayList<>();
        List<String> streamed = new ArrayList<>();
        String one = attempt(() -> list(file, listed));
        String other = attempt(() -> stream(bytes, streamed));
        Collections.sort(listed);
        Collections.sort(streamed);
        if (one == null && other == null && listed.equals(streamed)) {
            return "same " + listed.size();
        }
        return ("directory " + listed + " " + one + ", stream " + streamed + " " + other).replaceAll("\\p{Cntrl}", "?");
    }

    interface Reading {
        void read() throws Exception;
    }

    static String attempt(Reading reading) {
        try {
            reading.read();
            return null;
        } catch (Exception | InternalError error) {
            return error.toString();
        }
    }

    static void list(Path file, List<String> found) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements();) {
                ZipEntry entry = entries.nextElement();
                found.add(described(entry, zip.getInputStream(entry)));
            }
        }
    }

    static void stream(byte[] bytes, List<String> found) throws IOException {
        ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes));
        for (ZipEntry entry; (entry = zip.getNextEntry()) != null;) {
            found.add(described(entry, zip));
        }
    }

    static String described(ZipEntry entry, InputStream data) throws IOException {
        CRC32 sum = new CRC32();
        byte[] piece = new byte[8192];
        for (int length; (length = data.read(piece)) > 0;) {
            sum.update(piece, 0, length);
        }
        return entry.getName() + " " + Long.toHexString(sum.getValue());
    }

    // ---- writing

    static final String[][] FILES = {
        {"export-manifest.json", "{\"bundleId\": \"v1\", \"originalProjectKey\": \"CHURN\"}"},
        {"project_config/params.json", "{\"name\": \"Churn\"}"},
        {"data/caf\u00e9.csv", "id,name\n" + "1,one\n2,two\n".repeat(100)},
        {"data/empty", ""},
    };

    /** The path of an archive, after a line that describes it was printed. */
    static Path at(Path place, String writer, String mode) {
        String name = ("java " + writer + " " + mode).toLowerCase().replaceAll("[^a-z0-9]+", "-").replaceAll("-$", "");
        System.out.println(String.join("\t", name, "Java `" + writer + "`", System.getProperty("java.version"), mode));
        return place.resolve(name + ".zip");
    }

    static void write(Path place) throws Exception {
        for (int level : new int[] {Deflater.DEFAULT_COMPRESSION, 0, 9}) {
            stream(at(place, "ZipOutputStream", level < 0 ? "deflated" : "level " + level), level, false);
        }
        stream(at(place, "ZipOutputStream", "stored"), 9, true);
        described(at(place, "ZipOutputStream", "with directories and comments"));
        try (JarOutputStream jar = new JarOutputStream(out(at(place, "JarOutputStream", "with a manifest of its own")), new Manifest())) {
            files(jar, false);
        }
        system(at(place, "zipfs", "deflated"), Map.of("create", "true"));
        system(at(place, "zipfs", "stored"), Map.of("create", "true", "compressionMethod", "STORED"));
        jar(place);
    }

    static OutputStream out(Path file) throws IOException {
        return Files.newOutputStream(file);
    }

    static void stream(Path file, int level, boolean stored) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(out(file))) {
            zip.setLevel(level);
            files(zip, stored);
        }
    }

    static void files(ZipOutputStream zip, boolean stored) throws IOException {
        for (String[] file : FILES) {
            byte[] text = file[1].getBytes(StandardCharsets.UTF_8);
            ZipEntry entry = new ZipEntry(file[0]);
            if (stored) {
                CRC32 sum = new CRC32();
                sum.update(text);
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(text.length);
                entry.setCrc(sum.getValue());
            }
            zip.putNextEntry(entry);
            zip.write(text);
            zip.closeEntry();
        }
    }

    static void described(Path file) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(out(file))) {
            zip.setComment("made for a test, \u00e9");
            for (String name : List.of("project_config/", "data/", "empty/")) {
                ZipEntry entry = new ZipEntry(name);
                entry.setComment("a directory, \u00e9");
                entry.setLastModifiedTime(java.nio.file.attribute.FileTime.fromMillis(1_767_225_600_000L));
                zip.putNextEntry(entry);
            }
            files(zip, false);
        }
    }

    static void system(Path file, Map<String, String> options) throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + file.toUri()), options)) {
            for (String[] one : FILES) {
                Path path = zip.getPath(one[0]);
                if (path.getParent() != null) {
                    Files.createDirectories(path.getParent());
                }
                Files.writeString(path, one[1]);
            }
        }
    }

    static void jar(Path place) throws IOException {
        Optional<ToolProvider> jar = ToolProvider.findFirst("jar");
        if (jar.isEmpty()) {
            return;
        }
        Path tree = Files.createTempDirectory(place, "tree");
        for (String[] file : FILES) {
            Path path = tree.resolve(file[0].replace("\u00e9", "e"));
            Files.createDirectories(path.getParent());
            Files.writeString(path, file[1]);
        }
        for (String mode : List.of("cfM", "cf", "cf0M")) {
            String file = at(place, "jar", "`" + mode + "`").toString();
            jar.get().run(System.out, System.err, mode, file, "-C", tree.toString(), ".");
        }
    }
}
