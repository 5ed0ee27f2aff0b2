using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Weight, bias and running statistics of the normalisations by channel.</summary>
public abstract class NormBase : nn.Module<Tensor, Tensor>
{
    public NormBase(
        long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name) : base(name)
    {
        (this.num_features, this.eps, this.momentum) = (num_features, eps, momentum);
        (this.affine, this.track_running_stats) = (affine, track_running_stats);
        if (affine)
        {
            weight = nn.Parameter(ones([num_features], dtype: dtype, device: device));
            bias = nn.Parameter(zeros([num_features], dtype: dtype, device: device));
        }
        if (track_running_stats)
        {
            running_mean = zeros([num_features], dtype: dtype, device: device);
            running_var = ones([num_features], dtype: dtype, device: device);
            num_batches_tracked = zeros([], dtype: ScalarType.Int64, device: device);
        }
    }

    public long num_features { get; private set; }

    public double eps { get; set; }

    /// <summary>Weight of a batch in the running statistics; null averages over all batches.</summary>
    public double? momentum { get; set; }

    public bool affine { get; private set; }

    public bool track_running_stats { get; private set; }

    public Parameter weight
    {
        get => get_parameter(nameof(weight))!;
        set => ReplaceParameter(value);
    }

    public Parameter? bias
    {
        get => get_parameter(nameof(bias));
        set => ReplaceParameter(value);
    }

    public Tensor? running_mean
    {
        get => get_buffer(nameof(running_mean));
        set => ReplaceBuffer(value);
    }

    public Tensor? running_var
    {
        get => get_buffer(nameof(running_var));
        set => ReplaceBuffer(value);
    }

    public Tensor? num_batches_tracked
    {
        get => get_buffer(nameof(num_batches_tracked));
        set => ReplaceBuffer(value);
    }

    public void reset_parameters()
    {
        reset_running_stats();
        if (!affine) return;
        nn.init.ones_(weight);
        if (bias is not null) nn.init.zeros_(bias);
    }

    public void reset_running_stats()
    {
        running_mean?.zero_();
        running_var?.fill_(1);
        num_batches_tracked?.zero_();
    }

    protected abstract void ValidateInputDimensions(Tensor input);

    private protected static void RequireDimensions(Tensor input, params ReadOnlySpan<long> allowed)
    {
        if (!allowed.Contains(input.dim()))
            throw new ArgumentException($"expected {string.Join(" or ", allowed.ToArray().Select(count => $"{count}D"))} input, but got {input.dim()}D input.", nameof(input));
    }
}
