using Trainer.Engine.Storage;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights;

/// <summary>A registered architecture, in one of its forms, that a file's weights can be loaded into.</summary>
/// <param name="Network">The architecture.</param>
/// <param name="Images">
/// Images that it takes; where the weights leave their size open, the first one that was tried.
/// </param>
/// <param name="Classes">The number of classes.</param>
public sealed record ArchitectureFit(IArchitecture Network, ImageShape Images, int Classes)
{
    private const int MostClasses = 8;
    private const int MostWrappers = 4;

    // Those of public data sets first.
    private static readonly int[] Sides = [32, 28, 64, 96, 224, .. Enumerable.Range(4, 60)];

    /// <summary>
    /// Finds every architecture that fits. Weights do not show everything: forms that differ in a nonlinearity alone
    /// all fit. Leaves torch's global generator as it was.
    /// </summary>
    /// <param name="file">The weights.</param>
    /// <param name="registry">The architectures.</param>
    public static IReadOnlyList<ArchitectureFit> Find(ITensorFile file, ComponentRegistry registry)
    {
        using var scope = NewDisposeScope();
        using var state = get_rng_state();
        // Tensors that share a storage can describe a network much larger than the file: none is built for them.
        if (file.Entries.Sum(entry => (double)Count(entry)) > new FileInfo(file.Path).Length)
            return [];
        var shapes = Stripped(file).ToList();
        var forms = registry.Names(typeof(IArchitecture))
            .Select(name => RecipeShape.Of(registry.Find(typeof(IArchitecture), name)!))
            .Where(shape => shape.CanBeEmpty).Select(shape => (IArchitecture)shape.BuildDefault())
            .SelectMany(model => shapes.SelectMany(model.FormsOf).Distinct());
        var fits = forms.Select(form => Try(file, form)).OfType<(ArchitectureFit Fit, int Unused)>().ToList();
        set_rng_state(state);
        return [.. fits.Where(fit => fit.Unused == fits.Min(other => other.Unused)).Select(fit => fit.Fit)];
    }

    private static (ArchitectureFit, int)? Try(ITensorFile file, IArchitecture form)
    {
        var channels = file.Entries.Where(entry => entry.Shape is [_, >= 1 and <= 4, _, _])
            .Select(entry => entry.Shape[1]).DefaultIfEmpty(1).Distinct();
        // The last matrix of a state dict is mostly the one that makes the logits.
        var rows = file.Entries.Where(entry => entry.Shape is [>= 2 and <= int.MaxValue, _])
            .Select(entry => (int)entry.Shape[0]).ToList();
        var classes = rows.TakeLast(1).Concat(rows.Order()).Distinct().Take(MostClasses).ToList();
        foreach (var images in from count in channels from side in Sides select new ImageShape(count, side, side))
            foreach (var number in classes)
            {
                Module network;
                try
                {
                    network = form.Build(images, number);
                }
                catch (ArgumentException)
                {
                    break;
                }
                using (network)
                {
                    if (WeightsLoader.Fits(file, network) is { } unused)
                        return (new(form, images, number), unused);
                    if (!WeightsLoader.HasKeysOf(file, network))
                        return null;
                }
            }
        return null;
    }

    /// <summary>
    /// The shapes under the file's keys, then under the keys without each prefix that the first of them has.
    /// </summary>
    private static IEnumerable<WeightShapes> Stripped(ITensorFile file)
    {
        var entries = file.Entries.Where(entry => !StoredNormalisation.IsPart(entry)).ToList();
        var first = entries.FirstOrDefault()?.Name ?? "";
        var beginnings = first.Index().Where(letter => letter.Item == '.').Take(MostWrappers)
            .Select(letter => first[..(letter.Index + 1)]).Prepend("");
        return beginnings.Select(beginning => new WeightShapes(entries
            .Where(entry => entry.Name.StartsWith(beginning, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Name[beginning.Length..], entry => (IReadOnlyList<long>)entry.Shape,
                StringComparer.Ordinal)));
    }

    private static long Count(TensorEntry entry) => entry.Shape.Aggregate(1L, (product, size) => product * size);
}
