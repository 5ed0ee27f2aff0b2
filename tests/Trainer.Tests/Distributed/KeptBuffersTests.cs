using Trainer.Engine.Distributed;

namespace Trainer.Tests.Distributed;

public sealed class KeptBuffersTests
{
    [Fact]
    public void A_buffer_is_kept_until_a_larger_one_is_needed()
    {
        using var buffers = new KeptBuffers();
        using var scope = NewDisposeScope();
        var (first, other) = (buffers.Take(ScalarType.Float32, 4), buffers.Take(ScalarType.Float64, 4));
        first.fill_(7);
        other.fill_(8);
        buffers.Take(ScalarType.Float32, 3).fill_(1);
        Assert.Equal([1, 1, 1, 7], first.data<float>().ToArray());
        Assert.Equal([8, 8, 8, 8], other.data<double>().ToArray());
        buffers.Take(ScalarType.Float32, 5).fill_(2);
        Assert.Equal([1, 1, 1, 7], first.data<float>().ToArray());
    }
}
