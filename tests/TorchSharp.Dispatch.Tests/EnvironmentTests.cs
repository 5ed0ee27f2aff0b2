using TorchDispatch;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests;

/// <summary>Seeds, devices, threads and the native library itself.</summary>
public sealed class EnvironmentTests
{
    [Fact]
    public void A_generator_repeats_itself_by_seed_and_by_state()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        Assert.Equal(5, generator.initial_seed());
        var state = generator.get_state();
        var first = rand(3, generator: generator);
        generator.set_state(state);
        Assert.True(Equals(first, rand(3, generator: generator)));
        Assert.False(Equals(first, rand(3, generator: generator)));
        Assert.True(Equals(first, rand(3, generator: generator.manual_seed(5))));
    }

    [Fact]
    public void The_global_generator_can_be_set_back()
    {
        using var scope = NewDisposeScope();
        manual_seed(3).Dispose();
        Assert.Equal(3, initial_seed());
        var state = get_rng_state();
        var first = randn(4);
        set_rng_state(state);
        Assert.True(Equals(first, randn(4)));
    }

    [Fact]
    public void Threads_can_be_set()
    {
        var before = get_num_threads();
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(before);
        Assert.Equal(before, get_num_threads());
        Assert.InRange(get_num_interop_threads(), 1, 4096);
    }

    [Fact]
    public void Devices_are_named_as_in_PyTorch()
    {
        Assert.Equal((DeviceType.CUDA, 1, "cuda:1"), (new Device("cuda:1").type, new Device("cuda:1").index, new Device("cuda:1").ToString()));
        Assert.Equal(("cpu", "cuda", "meta"), (device("cpu").ToString(), new Device("cuda").ToString(), META.ToString()));
        Assert.True(TryInitializeDeviceType(DeviceType.CPU));
        Assert.Equal(cuda.is_available(), cuda.device_count() > 0);
        Assert.Equal(cuda.is_available(), TryInitializeDeviceType(DeviceType.CUDA));
        Assert.Equal(CPU, get_default_device());
    }

    [Fact]
    public void Rounding_to_TF32_can_be_switched()
    {
        var (convolutions, products) = (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32);
        backends.cudnn.allow_tf32 = !convolutions;
        backends.cuda.matmul.allow_tf32 = !products;
        Assert.Equal((!convolutions, !products), (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32));
        (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = (convolutions, products);
    }

    [Fact]
    public void The_default_type_is_what_factories_use()
    {
        using var scope = NewDisposeScope();
        set_default_dtype(ScalarType.Float64);
        try
        {
            Assert.Equal((ScalarType.Float64, ScalarType.Float64), (zeros(1).dtype, full([1], 0.5).dtype));
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
        Assert.Equal((float32, ScalarType.Int64), (zeros(1).dtype, arange(3).dtype));
        Assert.Equal(ScalarType.Float64, promote_types(float32, float64));
        Assert.Equal(ScalarType.Float32, result_type(ones(1), ones(1, int64)));
        Assert.Equal(((double)float.MaxValue, 1.1920928955078125e-07), (finfo(float32).max, finfo().eps));
    }

    [Fact]
    public void The_native_library_tells_its_version_and_its_file()
    {
        Assert.Matches(@"^\d+\.\d+", NativeTorch.Version);
        Assert.Equal(NativeTorch.Version, __version__);
        Assert.True(File.Exists(NativeTorch.Library));
        Assert.Throws<ArgumentOutOfRangeException>(() => NativeTorch.SetBlasThreads(0));
        Assert.Equal(NativeTorch.SetBlasThreads(1), NativeTorch.SetBlasThreads(1));
    }

    [Fact]
    public void A_device_that_is_not_there_has_no_figures() =>
        Assert.ThrowsAny<Exception>(() => NativeTorch.MemoryTotal(cuda.device_count()));

    [Fact]
    public void A_graph_of_a_device_that_is_not_there_is_refused_and_the_work_not_done()
    {
        var done = false;
        var exception = Assert.ThrowsAny<Exception>(() => CudaGraph.Record(cuda.device_count(), () => done = true));
        Assert.Equal(!CudaGraph.IsSupported, exception.Message.Contains("built without the CUDA runtime's headers", StringComparison.Ordinal));
        Assert.False(done);
    }
}
