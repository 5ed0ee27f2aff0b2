using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

public sealed class DataFoldersTests
{
    [Fact]
    public void Machine_settings_come_before_the_usual_places()
    {
        var places = new DataFolders("fashion-mnist", ["/first", "/second"]).Usual();
        Assert.Equal("/first/fashion-mnist", places[0]);
        Assert.Equal("/second/fashion-mnist", places[1]);
        Assert.Equal(Path.GetFullPath("data/fashion-mnist"), places[2]);
        Assert.Equal("/usr/share/datasets/fashion-mnist", places[^1]);
    }

    [Fact]
    public void The_repository_is_found_from_the_folder_of_the_command()
    {
        var repository = new DirectoryInfo(AppContext.BaseDirectory);
        while (!repository!.EnumerateFiles("Trainer.sln").Any())
            repository = repository.Parent;
        Assert.Contains(Path.Combine(repository.FullName, "data", "mnist"), new DataFolders("mnist", []).Usual());
    }

    [Fact]
    public void The_first_root_with_the_data_set_wins()
    {
        using var folder = new IdxFolder();
        var root = Directory.CreateDirectory(Path.Combine(folder.Folder, "root")).FullName;
        var other = Directory.CreateDirectory(Path.Combine(root, "mnist")).FullName;
        foreach (var file in Directory.GetFiles(folder.Folder))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        File.WriteAllBytes(Path.Combine(other, IdxFolder.TestLabels), IdxFolder.Labels(1, 1, 1));

        using var data = new Mnist { Validation = 0 }.Load([Path.Combine(folder.Folder, "nothing here"), root]);
        Assert.Equal([1L, 1, 1], data.Test.Labels.data<long>().ToArray());
    }

    [Fact]
    public void A_path_in_the_recipe_comes_before_everything()
    {
        using var folder = new IdxFolder();
        using var root = new IdxFolder();
        var other = Directory.CreateDirectory(Path.Combine(root.Folder, "mnist")).FullName;
        foreach (var file in Directory.GetFiles(root.Folder))
            File.Move(file, Path.Combine(other, Path.GetFileName(file)));
        File.WriteAllBytes(Path.Combine(other, IdxFolder.TestLabels), IdxFolder.Labels(1, 1, 1));

        using var data = new Mnist { Path = folder.Folder, Validation = 0 }.Load([root.Folder]);
        Assert.Equal([5L, 5, 7], data.Test.Labels.data<long>().ToArray());
    }
}
