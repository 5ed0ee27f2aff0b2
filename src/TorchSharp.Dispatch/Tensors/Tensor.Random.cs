using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // Random values drawn from or into a tensor.
    public partial class Tensor
    {
        public Tensor bernoulli(Generator? generator = null) => Aten.bernoulli.Call(this, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => InPlace(Aten.bernoulli__float, p, generator);
        public Tensor bernoulli_(Tensor p, Generator? generator = null) => InPlace(Aten.bernoulli__Tensor, p, generator);
        public Tensor binomial(Tensor prob, Generator? generator = null) => Aten.binomial.Call(this, prob, generator);
        public Tensor cauchy_(double median = 0, double sigma = 1, Generator? generator = null) => InPlace(Aten.cauchy_, median, sigma, generator);
        public Tensor exponential_(double lambda = 1, Generator? generator = null) => InPlace(Aten.exponential_, lambda, generator);
        public Tensor geometric_(double p, Generator? generator = null) => InPlace(Aten.geometric_, p, generator);
        public Tensor log_normal_(double mean = 0, double std = 1, Generator? generator = null) => InPlace(Aten.log_normal_, mean, std, generator);
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => Aten.multinomial.Call(this, num_samples, replacement, generator);
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => InPlace(Aten.normal_, mean, std, generator);
        public Tensor poisson(Generator? generator = null) => Aten.poisson.Call(this, generator);
        public Tensor uniform_(double from, double to, Generator? generator = null) => InPlace(Aten.uniform_, from, to, generator);
    }
}
