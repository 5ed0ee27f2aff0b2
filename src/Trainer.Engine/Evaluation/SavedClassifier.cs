using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Evaluation;

/// <summary>A network with saved weights, and what evaluates it: threads, and float32 until it is disposed.</summary>
public sealed class SavedClassifier : IDisposable
{
    private readonly Module module;
    private readonly Device device;
    private readonly IDisposable precision;
    private readonly IArchitecture model;
    private BatchWorkers? workers;

    /// <summary>Builds the network and loads the weights that the plan measures.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="plan">The network.</param>
    /// <param name="data">The shape of its images and the number of its classes.</param>
    /// <param name="device">Where the network goes.</param>
    /// <param name="note">Receives what was done to make the weights fit.</param>
    /// <exception cref="TrainerException">The weights do not fit the network.</exception>
    public SavedClassifier(
        WeightsSource weights, EvaluationPlan plan, DataSplits data, Device device, Action<string>? note = null)
    {
        (this.device, model) = (device, plan.Model);
        module = NetworkBuilder.Build(plan.Model, plan.Seed, data.Train, device, trainable: false);
        if (plan.Model is not ForeignNetwork)
        {
            using var tensors = weights.Open(weights.FileOf(plan.Evaluate.Weights));
            foreach (var line in WeightsLoader.Load(tensors, module))
                note?.Invoke(line);
        }
        Classifier = new(module, data.Train.Classes, plan.Model.Normalisation);
        precision = PrecisionSwitches.Use(Precision.Float32);
        NativeEnvironment.KeepLargeTensors();
    }

    /// <summary>The classifier that attacks use.</summary>
    public Classifier Classifier { get; }

    /// <summary>Names the weights, whatever file they came in.</summary>
    public string Hash => WeightsHash.Of(model, module);

    /// <summary>Whether the logits of an image have a gradient with respect to it.</summary>
    public bool IsDifferentiable(ImageData data)
    {
        using var scope = NewDisposeScope();
        using var enabled = enable_grad();
        using var evaluation = Classifier.InEvaluationMode();
        var images = data.Batch(zeros(1, ScalarType.Int64, device: device)).Images;
        return Classifier.Logits(images.requires_grad_()).requires_grad;
    }

    /// <summary>The threads that attacks run on.</summary>
    public BatchWorkers Workers => workers ??= new(device, get_num_threads());

    /// <inheritdoc/>
    public void Dispose()
    {
        precision.Dispose();
        workers?.Dispose();
        Classifier.Dispose();
        module.Dispose();
    }
}
