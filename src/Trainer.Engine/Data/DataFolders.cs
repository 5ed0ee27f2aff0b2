using Trainer.Recipes;

namespace Trainer.Engine.Data;

/// <summary>Finds the folder of a data set.</summary>
/// <param name="Name">The data set's name, which is its folder's.</param>
/// <param name="Roots">Folders of data sets from the machine's settings.</param>
internal sealed record DataFolders(string Name, IReadOnlyList<string> Roots)
{
    /// <summary>Finds the files, each plain or with .gz, in the first folder that holds any of them.</summary>
    /// <param name="path">The one folder to look in; null looks in the usual places.</param>
    /// <param name="files">The names of the files, without .gz.</param>
    /// <returns>For each name the path of its file.</returns>
    /// <exception cref="TrainerException">Nothing was found, or some files are missing.</exception>
    public IReadOnlyDictionary<string, string> Find(string? path, IReadOnlyList<string> files)
    {
        var places = path is null ? Usual() : [Path.GetFullPath(path)];
        foreach (var place in places)
        {
            var found = files.Select(file => (Name: file, Path: Existing(Path.Combine(place, file)))).ToList();
            var missing = found.Where(file => file.Path is null).Select(file => file.Name).ToList();
            if (missing.Count == 0)
                return found.ToDictionary(file => file.Name, file => file.Path!);
            if (missing.Count < files.Count)
                throw new TrainerException(ErrorKind.Data,
                    $"{place} lacks {string.Join(" and ", missing.Select(file => $"{file} (or {file}.gz)"))}. "
                    + $"Copy what is missing there, or get the data set: scripts/get-data.sh {Name}.");
        }
        throw new TrainerException(ErrorKind.Data,
            $"Found no {Name}: looked in {string.Join(", ", places)} for {files[0]} (or {files[0]}.gz) and the rest. "
            + $"Get it with scripts/get-data.sh {Name}, or name its folder by data.path in the recipe.");
    }

    /// <summary>The folders that are looked through, in their order.</summary>
    public IReadOnlyList<string> Usual()
    {
        IEnumerable<string?> roots =
            [.. Roots, "data", Path.Combine(AppContext.BaseDirectory, "data"), RepositoryRoot() is { } root
            ? Path.Combine(root, "data") : null, "/usr/share/datasets"];
        return [.. roots.OfType<string>().Select(folder => Path.GetFullPath(Path.Combine(folder, Name))).Distinct()];
    }

    private static string? Existing(string path) =>
        File.Exists(path) ? path : File.Exists(path + ".gz") ? path + ".gz" : null;

    /// <summary>The source tree that the command was built in, or null where it was published.</summary>
    private static string? RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Trainer.sln")))
            folder = folder.Parent;
        return folder?.FullName;
    }
}
