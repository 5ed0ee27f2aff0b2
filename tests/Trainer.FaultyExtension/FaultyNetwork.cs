using TorchSharp.Modules;
using Trainer.Robustness.Native;

namespace Faulty;

internal sealed class FaultyNetwork : Module
{
    private const int FirstCalls = 10;
    private readonly Mistake mistake;
    private readonly Linear layer;
    private readonly Embedding offsets;
    private int calls;

    public FaultyNetwork(long values, int classes, Mistake mistake) : base("faulty")
    {
        this.mistake = mistake;
        layer = nn.Linear(values, classes);
        offsets = nn.Embedding(1, classes, sparse: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var pixels = input.flatten(1);
        switch (mistake)
        {
            case Mistake.MatmulShapes:
                pixels.matmul(zeros(3, 2));
                break;
            case Mistake.CummaxDimension:
                pixels.cummax(7);
                break;
            case Mistake.CumminDimension:
                pixels.cummin(7);
                break;
            case Mistake.JitOperator:
                jit.compile("def f(x):\n  return torch.no_such_operator(x)\n");
                break;
            case Mistake.GradWithoutGraph:
                autograd.grad([pixels.detach().sum()], [layer.weight]);
                break;
            case Mistake.GuardedGradWithoutGraph:
                GuardedCalls.Gradients(pixels.detach().sum(), [layer.weight]);
                break;
            case Mistake.NoThreads:
                set_num_threads(0);
                break;
            case Mistake.OwnGradient:
                pixels = pixels + OwnGradient(pixels);
                break;
            case Mistake.CutGraph:
                pixels = pixels.detach();
                break;
            case Mistake.SecondProcessFails:
                if (Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK") == "1" && ++calls > FirstCalls)
                    throw new InvalidOperationException("The network of the second process fails.");
                break;
            case Mistake.SparseGradient:
                offsets.weight!.grad = null;
                break;
        }
        var logits = layer.call(pixels) + offsets.call(zeros(pixels.shape[0], ScalarType.Int64));
        return (mistake switch
        {
            Mistake.DetachedLogits => logits.detach(),
            Mistake.DoubleLogits => logits.to(ScalarType.Float64),
            _ => logits,
        }).MoveToOuterDisposeScope();
    }

    private Tensor OwnGradient(Tensor pixels)
    {
        using var enabled = enable_grad();
        var own = pixels.detach().requires_grad_();
        return autograd.grad([layer.call(own).amax(1).sum()], [own])[0];
    }
}
