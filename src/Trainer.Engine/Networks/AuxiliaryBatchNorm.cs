using System.Text.Json.Nodes;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Robustness;

namespace Trainer.Engine.Networks;

/// <summary>
/// The set of statistics and affine parameters that is trained but not evaluated: a second instance of the network,
/// which shares every other parameter with the first (<see cref="FlatParameters"/>). Part of every checkpoint.
/// </summary>
internal sealed class AuxiliaryBatchNorm : ICheckpointed, IDisposable
{
    private readonly Module module;

    /// <summary>Takes an instance over.</summary>
    /// <param name="module">Already sharing its parameters.</param>
    /// <param name="first">The evaluated instance.</param>
    public AuxiliaryBatchNorm(Module module, Classifier first)
    {
        this.module = module;
        Classifier = new(module, first.Classes, first.Normalisation);
        Buffers = new(module);
    }

    /// <summary>The instance.</summary>
    public Classifier Classifier { get; }

    /// <summary>Its floating buffers.</summary>
    public FlatBuffers Buffers { get; }

    /// <inheritdoc/>
    public string Name => "batchNorm";

    /// <inheritdoc/>
    public IReadOnlyList<(string Key, Tensor Tensor)> Tensors
    {
        get
        {
            var own = BatchNormLayers.ParameterKeys(module);
            return [.. module.named_parameters().Where(pair => own.Contains(pair.name))
                .Select(pair => (pair.name, (Tensor)pair.parameter)), .. module.named_buffers()];
        }
    }

    /// <inheritdoc/>
    public JsonNode? Save() => null;

    /// <inheritdoc/>
    public void Load(JsonNode? value)
    {
    }

    /// <summary>Makes the second instance where a recipe asks for one.</summary>
    /// <returns>Null for one set.</returns>
    /// <exception cref="TrainerException">The network has no batch norm.</exception>
    public static Module? Build(BatchNormOptions options, Func<Module> build)
    {
        if (options.Sets == 1)
            return null;
        var module = build();
        if (BatchNormLayers.Of(module).Count > 0)
            return module;
        module.Dispose();
        throw new TrainerException(
            ErrorKind.Recipe, "batchNorm.sets: found 2, but the network has no batch norm: expected 1, "
            + "or a model with batch norm such as conv-small-bn.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Classifier.Dispose();
        Buffers.Dispose();
        module.Dispose();
    }
}
