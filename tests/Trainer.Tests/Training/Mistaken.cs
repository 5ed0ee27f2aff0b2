using TorchSharp.Modules;
using Trainer.Robustness.Models;

namespace Trainer.Tests.Training;

/// <summary>A linear network with a mistake.</summary>
internal sealed record Mistaken(Mistake Mistake) : IArchitecture
{
    public Module Build(ImageShape images, int classes) =>
        new Network(images.Channels * images.Height * images.Width, classes, Mistake);

    private sealed class Network : Module
    {
        private readonly Linear layer;
        private readonly Mistake mistake;

        public Network(long values, int classes, Mistake mistake) : base("mistaken")
        {
            this.mistake = mistake;
            layer = nn.Linear(
                mistake == Mistake.ExpectsOtherImages ? values - 1 : values, mistake == Mistake.HasOtherClasses
                ? classes + 3 : classes);
            if (mistake != Mistake.RegistersNothing)
                RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var pixels = input.flatten(1);
            if (mistake == Mistake.CutsItsGraph)
                pixels = pixels.detach();
            else if (mistake == Mistake.ChangesInPlace)
            {
                var changed = pixels.exp();
                pixels = changed * 1;
                changed.add_(1);
            }
            var logits = layer.call(pixels);
            logits = mistake switch
            {
                Mistake.FlattensItsLogits => logits.flatten(),
                Mistake.HasDoubleLogits => logits.to(ScalarType.Float64),
                _ => logits,
            };
            return mistake == Mistake.FreesItsResult ? logits : logits.MoveToOuterDisposeScope();
        }
    }
}
