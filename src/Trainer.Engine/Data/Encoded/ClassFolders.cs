using Trainer.Recipes;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// A folder with one folder a class, as torchvision's ImageFolder reads it: a class's label is its place among the
/// folders' names in ordinal order, and its images may be in folders below it.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="key">The key in the recipe that names it.</param>
internal sealed class ClassFolders(string folder, string key)
{
    private static readonly string[] Decoded = [".png", ".jpg", ".jpeg"];

    // torchvision would read these as well: to ignore them would train on fewer images than it does.
    private static readonly string[] Refused = [".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"];

    /// <summary>The classes' names in the order of the labels. Names that begin with a dot are ignored.</summary>
    /// <exception cref="TrainerException">There are fewer than two.</exception>
    public IReadOnlyList<string> Names() => OwnData.Read(folder, () =>
    {
        if (!Directory.Exists(folder))
            throw new TrainerException(
                ErrorKind.Data, $"'{folder}' is no folder, expected one with a folder for each class. Correct {key}: "
                + $"{OwnData.Relative}.");
        var names = Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path))
            .Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal).ToList();
        return names.Count >= 2 ? names
            : throw OwnData.Fault(
                folder, $"holds {(names.Count == 0 ? "no folder" : "one folder")}, expected one for each of at least "
                + "two classes", $"Correct {key}");
    });

    /// <summary>The images of the classes.</summary>
    /// <param name="names">The classes in the order of the labels.</param>
    /// <param name="order">Their order.</param>
    /// <exception cref="TrainerException">A class has none, or one in a format that is not read.</exception>
    public IReadOnlyList<EncodedImage> Images(IReadOnlyList<string> names, FolderOrder order)
    {
        var images = names.SelectMany((name, label) => Files(name).Select(
            (file, rank) => (Image: Of(Path.Combine(folder, name, file), label), Name: file, Rank: rank)));
        var sorted = order == FolderOrder.Name
            ? images.OrderBy(file => file.Name, StringComparer.Ordinal) : images.OrderBy(file => file.Rank);
        return [.. sorted.ThenBy(file => file.Image.Label).Select(file => file.Image)];
    }

    /// <summary>The images of a class relative to its folder, in ordinal order.</summary>
    private List<string> Files(string name)
    {
        var path = Path.Combine(folder, name);
        return OwnData.Read(path, () =>
        {
            var all = Walk(new DirectoryInfo(path), "", [Path.GetFullPath(folder)])
                .Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
            if (all.FirstOrDefault(file => Is(Refused, file)) is { } refused)
                throw OwnData.Fault(
                    Path.Combine(path, refused), "is an image in a format that is not read, expected PNG or JPEG",
                    "Convert it, or move it away");
            var files = all.Where(file => Is(Decoded, file)).ToList();
            return files.Count > 0 ? files
                : throw OwnData.Fault(
                    path, $"holds no image, expected files with the extension {string.Join(", ", Decoded)}",
                    "Put the class's images there, or remove the folder");
        });
    }

    /// <summary>The files in a folder and below it, links included, relative to the class's folder.</summary>
    /// <param name="current">The folder; the path to it has no links.</param>
    /// <param name="prefix">Its path relative to the class's folder, links included.</param>
    /// <param name="above">The folders that lead to it, with links resolved.</param>
    /// <exception cref="TrainerException">A link leads to a folder that contains it.</exception>
    private static IEnumerable<string> Walk(DirectoryInfo current, string prefix, IReadOnlyList<string> above)
    {
        var target = current.ResolveLinkTarget(returnFinalTarget: true) as DirectoryInfo;
        if (target is not null && above.Any(folder => IsWithin(folder, target.FullName)))
            throw OwnData.Fault(
                current.FullName, $"is a link to {target.FullName}, which contains it, expected no loop of links",
                "Remove the link");
        var resolved = target ?? current;
        return resolved.EnumerateFiles().Select(file => prefix + file.Name).Concat(
            resolved.EnumerateDirectories().SelectMany(
                folder => Walk(folder, $"{prefix}{folder.Name}/", [.. above, resolved.FullName])));
    }

    private static bool IsWithin(string folder, string outer) =>
        Path.GetRelativePath(outer, folder).Split(Path.DirectorySeparatorChar)[0] != "..";

    private static EncodedImage Of(string path, int label) => new(path, label, () => File.ReadAllBytes(path));

    private static bool Is(string[] extensions, string file) =>
        extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
