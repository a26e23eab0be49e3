"""Learning to judge candidates by reward: what an answer is worth, the policy that gives answers, how it is trained."""
