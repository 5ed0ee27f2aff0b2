using TorchSharp.Modules;

namespace Trainer.Engine.Networks;

/// <summary>Finds the batch norm in a network.</summary>
internal static class BatchNormLayers
{
    /// <summary>The layers under their names in the state dict.</summary>
    public static IReadOnlyList<(string Name, BatchNorm Layer)> Of(Module module) =>
        [.. module.named_modules().Where(pair => pair.module is BatchNorm)
        .Select(pair => (pair.name, (BatchNorm)pair.module))];

    /// <summary>The keys of the layers' affine parameters in the state dict.</summary>
    public static IReadOnlySet<string> ParameterKeys(Module module) =>
        Of(module).SelectMany(
        pair => pair.Layer.named_parameters().Select(parameter => $"{pair.Name}.{parameter.name}"))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The keys of the layers' running means and variances in the state dict.</summary>
    public static IReadOnlySet<string> StatisticsKeys(Module module) =>
        Of(module).SelectMany(
        pair => pair.Layer.named_buffers().Where(buffer => buffer.buffer.is_floating_point())
        .Select(buffer => $"{pair.Name}.{buffer.name}")).ToHashSet(StringComparer.Ordinal);
}
