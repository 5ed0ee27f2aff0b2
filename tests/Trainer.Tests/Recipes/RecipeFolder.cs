using Trainer.Recipes;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Tests.Recipes;

/// <summary>A folder of recipe files for one test.</summary>
public sealed class RecipeFolder : IDisposable
{
    public const string Good = """
        {
          "name": "good",
          "threat": { "norm": "linf", "epsilon": 0.1 },
          "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 10, "stepSize": 0.025 } },
          "train": { "epochs": 6 }
        }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("recipes-").FullName;

    public static ComponentRegistry Registry => new ComponentRegistry().Add(typeof(Sample).Assembly);

    public string this[string file] => Path.Combine(folder, file);

    public RecipeFolder Write(string file, string text)
    {
        var path = this[file];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public ResolvedRecipe<Sample> Load(string file, params string[] set) =>
        Load(new RecipeSource(this[file]) { Set = set });

    public static ResolvedRecipe<Sample> Load(RecipeSource source) => RecipeLoader.Load<Sample>(source, Registry);

    /// <summary>The message with which a recipe is refused, the folder's name cut out.</summary>
    public string Refusal(RecipeSource source)
    {
        var exception = Assert.Throws<TrainerException>(() => Load(source));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        return exception.Message.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }

    public string Refusal(string file, params string[] set) => Refusal(new RecipeSource(this[file]) { Set = set });

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
