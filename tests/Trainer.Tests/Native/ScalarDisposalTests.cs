using TorchSharp;
using Trainer.Robustness.Native;

namespace Trainer.Tests.Native;

public sealed class ScalarDisposalTests
{
    private static readonly string Library = Path.Combine(AppContext.BaseDirectory, "Fixtures", "libLibTorchSharp.so");

    /// <summary>Without the delay, this fails in most runs ("Expected false to be true"), within a second.</summary>
    [Fact]
    public void A_number_passed_to_an_operator_survives_a_garbage_collection_during_the_call()
    {
        var isDone = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref isDone))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var zeros = torch.zeros(50_000);
            for (var number = 0; number < 10_000; number++)
            {
                using var sum = zeros.add(number);
                Assert.Equal(number, sum.data<float>()[49_999]);
            }
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            collector.Join();
        }
    }

    [Fact]
    public void Only_the_first_bytes_of_the_function_that_frees_a_scalar_change()
    {
        // objdump -d of TorchSharp 0.107.0's file: 000000000016d400 <THSTorch_dispose_scalar>, in the section .text
        // (sh_offset equals sh_addr).
        const int function = 0x16d400, jump = 12;
        var before = File.ReadAllBytes(Library);
        var image = new ElfImage([.. before]);
        Assert.True(ScalarDisposal.Delay(image));
        Assert.Equal(before[..function], image.Bytes[..function]);
        Assert.Equal([0x48, 0xb8], image.Bytes[function..(function + 2)]);
        Assert.Equal([0xff, 0xe0], image.Bytes[(function + jump - 2)..(function + jump)]);
        Assert.Equal(before[(function + jump)..], image.Bytes[(function + jump)..]);
    }

    [Fact]
    public void A_library_without_the_function_is_refused()
    {
        var bytes = File.ReadAllBytes(Library);
        bytes[bytes.AsSpan().IndexOf("\0THSTorch_dispose_scalar\0"u8) + 1] = (byte)'X';
        Assert.Throws<BadImageFormatException>(() => ScalarDisposal.Delay(new(bytes)));
    }
}
