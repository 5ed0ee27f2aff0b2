using Trainer.Engine;
using Trainer.Engine.Data;
using Trainer.Engine.Settings;
using Trainer.Recipes;
using Trainer.Recipes.Binding;

namespace Trainer.Cli.Doctor;

/// <summary>The data sets that need no options: which of them are here and sound.</summary>
internal static class DataFindings
{
    public static IEnumerable<Finding> Find(MachineSettings settings)
    {
        var registry = BuiltInComponents.Registry();
        foreach (var name in registry.Names(typeof(IDataSource)))
        {
            var shape = RecipeShape.Of(registry.Find(typeof(IDataSource), name)!);
            if (shape.CanBeEmpty)
                yield return Look(name, (IDataSource)shape.BuildDefault(), settings);
        }
    }

    private static Finding Look(string name, IDataSource source, MachineSettings settings)
    {
        try
        {
            using var data = source.Load(settings.DataRoots);
            return new(name, $"{data.Train.Count} + {data.Validation.Count} training and {data.Test.Count} test images "
                + $"of {data.Train.Shape}");
        }
        catch (TrainerException exception) when (exception.Kind == ErrorKind.Data)
        {
            return new(name, "not found or not sound", exception.Message);
        }
    }
}
